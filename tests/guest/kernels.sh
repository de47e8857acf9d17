#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kernels.sh DIR [NAME...]: unpacks Debian cloud kernels for the guest level into DIR/NAME.
# NAME: 5.10 6.1 6.12 (default: these three), arm64-6.1 (with an arm64 busybox in DIR/busybox-arm64).
#
# A private apt root per suite (apt_root.sh). What is already in DIR is kept; one NAME never stops another. One status
# line per NAME on stdout; exit 0 if every NAME is there, 1 if one is not to be had, 2 wrong usage.
set -u -o pipefail
. "$(dirname "$(readlink -f "$0")")/apt_root.sh"

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
  if ! why=$(apt_root "$dir/apt/$name" "$arch" "$@"); then
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
