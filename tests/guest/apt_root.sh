# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Packages of other suites and architectures without touching the machine's own apt state: a private apt root, with
# the mirrors that the machine's own apt sources name. To be sourced.
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

# apt_root ROOT ARCH SUITE...: a private apt root in the folder ROOT with fresh lists; on failure why, on stdout.
apt_root() {
  local root=$1 arch=$2 suite uri
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
