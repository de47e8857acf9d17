# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Shared by the scripts of this folder; to be sourced. Sets $root, the top of the project.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
started=$SECONDS

# say TEXT...: a message for people, on stderr.
say() { printf '%s\n' "$*" >&2; }

# step TEXT...: what begins now, with the time since the start of the script.
step() { printf '==> [%3d s] %s\n' $((SECONDS - started)) "$*" >&2; }

# die STATUS TEXT...
die() {
  local status=$1
  shift
  say "${0##*/}: $*"
  exit "$status"
}

# as_root COMMAND...: as it is for root, else through sudo.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "This needs root or sudo: $*"
    return 77
  fi
}

is_debian_12() { (. /etc/os-release && [ "${ID-}" = debian ] && [ "${VERSION_ID-}" = 12 ]) 2>/dev/null; }

# package_lines PURPOSE...: the lines of packages/PURPOSE.txt without comments.
package_lines() {
  local purpose
  for purpose in "$@"; do sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$root/scripts/packages/$purpose.txt"; done
}

# probe cmd:X|pc:X|hdr:X: whether it is there, without asking a package manager.
probe() {
  case $1 in
    cmd:*) command -v "${1#cmd:}" >/dev/null ;;
    pc:*) pkg-config --exists "${1#pc:}" 2>/dev/null ;;
    hdr:*) echo "#include <${1#hdr:}>" | g++ -std=c++20 -E -x c++ - >/dev/null 2>&1 ;;
  esac
}

apt_retry() {
  local try
  for try in 1 2 3; do
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 "$@" \
      </dev/null >"$apt_log" 2>&1 && return 0
    say "apt-get $1 failed (try $try of 3)"
    sleep $((try * 2))
  done
  tail -n 20 "$apt_log" >&2
  return 1
}

install_debian() {
  local missing
  missing=$(comm -23 <(package_lines "$@" | awk '{print $1}' | sort -u) \
    <(dpkg-query -W -f='${db:Status-Abbrev} ${Package}\n' 2>/dev/null | awk '$1 == "ii" {print $2}' | sort -u)) ||
    die 1 "cannot tell what is installed"
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086 # one word a package
  step "Installing:" $missing
  apt_log=$(mktemp)
  # Old lists are good enough unless a file of theirs is gone.
  # shellcheck disable=SC2086
  if ! apt-cache show $missing >/dev/null 2>&1 ||
    ! as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing \
      </dev/null >"$apt_log" 2>&1; then
    apt_retry update && apt_retry install -y --no-install-recommends $missing ||
      die 1 "these packages could not be installed: ${missing//$'\n'/ }"
  fi
  rm -f "$apt_log"
}

# need PURPOSE...: installs what packages/PURPOSE.txt name. Elsewhere than on Debian 12 nothing is installed:
# goes on if all of it is there, else says what is missing and ends.
need() {
  if is_debian_12; then
    install_debian "$@"
    return
  fi
  local package test missing=()
  while read -r package test; do
    [ -z "$test" ] || probe "$test" || missing+=("$package (${test#*:})")
  done < <(package_lines "$@")
  [ ${#missing[@]} = 0 ] && return
  say "Packages are installed on Debian 12 only; this is $(. /etc/os-release 2>/dev/null; echo "${PRETTY_NAME-an unknown system}")."
  say "Missing here, by their Debian names:"
  printf '  %s\n' "${missing[@]}" >&2
  exit 69
}

# git in this tree, also for root in somebody else's checkout.
git_here() { git -c "safe.directory=$root" -C "$root" "$@"; }

# project_files [PATTERN...]: files of the project, tracked or new, by the shell patterns of their paths; from git, or
# in an unpacked archive all outside of build/.
project_files() {
  local file pattern
  {
    git_here ls-files -co --exclude-standard 2>/dev/null ||
      (cd "$root" && find . -path ./build -prune -o -path ./.git -prune -o -type f -printf '%P\n')
  } | sort -u | while read -r file; do
    [ -f "$root/$file" ] || continue
    for pattern in "${@:-*}"; do
      # shellcheck disable=SC2053 # a pattern it is
      [[ $file == $pattern ]] && echo "$file" && break
    done
  done
}

# record LEVEL passed|failed|skipped NAME [DETAIL]: one result, for the sums of scripts/test.
record() {
  [ "$2" != failed ] || say "FAILED $1: $3${4:+: $4}"
  printf '%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "${4-}" >>"${SMTSCOPE_RESULTS:-/dev/null}"
}
