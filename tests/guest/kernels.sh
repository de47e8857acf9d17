#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kernels.sh DIR [NAME...]: unpacks Debian cloud kernels for the guest level into DIR/NAME.
# NAME: 5.10 6.1 6.12 (default: these three), arm64-6.1 (with an arm64 busybox in DIR/busybox-arm64).
#
# The mirrors are those that the machine's own apt sources name. A private apt root per suite keeps the
# machine's apt state as it is. What is already in DIR is kept; one NAME never stops another. One status
# line per NAME on stdout; exit 0 if every NAME is there, 1 if one is not to be had, 2 wrong usage.
set -u -o pipefail

readonly kKeyring=/usr/share/keyrings/debian-archive-keyring.gpg
readonly kApt="-o Acquire::Retries=3 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30"

# source_uris: every "URI SUITE" of the machine's apt sources, both file formats.
source_uris() {
  local file
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    [ -r "$file" ] && sed -E -n 's/\[[^]]*\]//; s/^[[:space:]]*deb[[:space:]]+([^[:space:]]+)[[:space:]]+([^[:space:]]+).*/\1 \2/p' "$file"
  done
  for file in /etc/apt/sources.list.d/*.sources; do
    [ -r "$file" ] || continue
    # A stanza ends at an empty line; a field continues on lines that begin with white space.
    awk 'function flush(  i, j, m, n, u, s) {
           if (deb && tolower(enabled) != "no") {
             n = split(uris, u, " "); m = split(suites, s, " ")
             for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) print u[i], s[j]
           }
           deb = 0; uris = suites = enabled = field = ""
         }
         /^#/ { next }
         /^[ \t]*$/ { flush(); next }
         /^[^ \t]/ { field = tolower($0); sub(/:.*/, "", field); sub(/^[^:]*:/, "") }
         field == "types" && / deb( |$)/ { deb = 1 }
         field == "uris" { uris = uris " " $0 }
         field == "suites" { suites = suites " " $0 }
         field == "enabled" { enabled = $1 }
         END { flush() }' "$file"
  done
}

# mirror_of SUITE: the URI that serves SUITE. A suite that the machine does not use itself lies on the mirror
# of its own release (security suites on that of the security suite).
mirror_of() {
  case $1 in
    *-security) source_uris | awk '$2 ~ /^[a-z]+-security$/ { print $1; exit }' ;;
    *) source_uris | awk '$2 ~ /^(bullseye|bookworm|trixie|stable)(-updates|-backports)?$/ { print $1; exit }' ;;
  esac
}

# apt_root NAME ARCH SUITE...: a private apt root in DIR/apt/NAME with fresh lists.
apt_root() {
  local root=$dir/apt/$1 arch=$2 suite uri
  shift 2
  mkdir -p "$root/lists/partial" "$root/archives/partial" || return 1
  : > "$root/status"
  : > "$root/sources.list"
  for suite in "$@"; do
    uri=$(mirror_of "$suite")
    [ -n "$uri" ] || { echo "the apt sources of this machine name no Debian mirror for $suite"; return 1; }
    echo "deb [signed-by=$kKeyring] $uri $suite main" >> "$root/sources.list"
  done
  cat > "$root/apt.conf" <<CONF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::Etc::sourcelist "$root/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::lists "$root/lists";
Dir::State::status "$root/status";
Dir::Cache "$root";
CONF
  # apt-get update ends with 0 when one suite of several is gone; the package is then looked for in the rest.
  # shellcheck disable=SC2086
  APT_CONFIG=$root/apt.conf apt-get $kApt update -qq 2>&1 | sed 's/^/  /' >&2
}

# unpack ROOT PACKAGE TARGET: downloads PACKAGE and unpacks it to DIR/TARGET, whole or not at all.
unpack() {
  local root=$dir/apt/$1 package=$2 target=$dir/$3 deb
  # shellcheck disable=SC2086
  (cd "$root" && APT_CONFIG=$root/apt.conf apt-get $kApt -qq download "$package" >&2) ||
    { echo "download of $package failed"; return 1; }
  deb=$(ls "$root/${package}"_*.deb) || return 1
  rm -rf "$target.part"
  mkdir -p "$target.part" && dpkg-deb -x "$deb" "$target.part" || { echo "unpacking $package failed"; return 1; }
  rm -f "$deb"
  echo "$package $(basename "$deb" | cut -d_ -f2)" > "$target.part/PACKAGE"
  rm -rf "$target" && mv "$target.part" "$target"
}

# image_of ROOT METAPACKAGE: the versioned image that the metapackage of the suite depends on now.
image_of() {
  APT_CONFIG=$dir/apt/$1/apt.conf apt-cache depends "$2" 2> /dev/null |
    awk '/Depends: linux-image/ { print $2; exit }'
}

# kernel NAME ARCH METAPACKAGE SUITE...: one kernel, into DIR/NAME.
kernel() {
  local name=$1 arch=$2 meta=$3 image why
  shift 3
  if [ -s "$dir/$name/PACKAGE" ]; then
    echo "kernel $name: $(cat "$dir/$name/PACKAGE") (cached)"
    return 0
  fi
  if ! why=$(apt_root "$name" "$arch" "$@"); then
    echo "kernel $name: not to be had: $why"
    return 1
  fi
  image=$(image_of "$name" "$meta")
  if [ -z "$image" ]; then
    echo "kernel $name: not to be had: no $meta in $* on this machine's mirror"
    return 1
  fi
  if ! why=$(unpack "$name" "$image" "$name"); then
    echo "kernel $name: not to be had: $why"
    return 1
  fi
  echo "kernel $name: $(cat "$dir/$name/PACKAGE")"
  [ "$arch" = amd64 ] || [ -s "$dir/busybox-$arch/PACKAGE" ] || unpack "$name" busybox-static "busybox-$arch"
}

by_name() {
  case $1 in
    5.10) kernel 5.10 amd64 linux-image-cloud-amd64 bullseye bullseye-security ;;
    6.1) kernel 6.1 amd64 linux-image-cloud-amd64 bookworm bookworm-security ;;
    6.12) kernel 6.12 amd64 linux-image-cloud-amd64 bookworm-backports ;;
    arm64-6.1) kernel arm64-6.1 arm64 linux-image-cloud-arm64 bookworm bookworm-security ;;
  esac
}

[ $# -ge 1 ] || { echo "usage: kernels.sh DIR [5.10|6.1|6.12|arm64-6.1]..." >&2; exit 2; }
dir=$(realpath -m "$1")
shift
[ $# -ge 1 ] || set -- 5.10 6.1 6.12
for name in "$@"; do
  case $name in
    5.10 | 6.1 | 6.12 | arm64-6.1) ;;
    *) echo "kernels.sh: unknown kernel $name" >&2; exit 2 ;;
  esac
done
mkdir -p "$dir" || exit 1
exec 9> "$dir/lock"
flock 9 # a second caller waits and then finds everything there
pids=()
for name in "$@"; do
  by_name "$name" &
  pids+=($!)
done
status=0
for pid in "${pids[@]}"; do wait "$pid" || status=1; done
exit $status
