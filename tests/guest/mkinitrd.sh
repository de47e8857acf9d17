#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mkinitrd.sh OUT.cpio.gz PAYLOAD_DIR [BUSYBOX [SYSROOT]]: an initramfs with busybox, init of this folder, and the
# payload in /t; the payload holds run.sh. Dynamic programs get the libraries and the loader that ldd names here, those
# of another architecture what they need from SYSROOT.
set -eu -o pipefail

[ $# -ge 2 ] || { echo "usage: mkinitrd.sh OUT.cpio.gz PAYLOAD_DIR [BUSYBOX [SYSROOT]]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "$1")
payload=$2
busybox=${3:-/bin/busybox}
sysroot=${4-}
tools= # prefix of the binutils that know the architecture
[ -z "$sysroot" ] || tools=$(basename "$sysroot"/usr/lib/*-linux-gnu)-
[ -f "$payload/run.sh" ] || { echo "mkinitrd.sh: no run.sh in $payload" >&2; exit 1; }
[ -x "$busybox" ] || { echo "mkinitrd.sh: no $busybox (Debian package busybox-static)" >&2; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,proc,sys,t}
cp "$busybox" "$root/bin/busybox"
cp "$here/init" "$root/init"
chmod 755 "$root/init"
cp -rL "$payload/." "$root/t/"

# libraries FILE: the paths of the libraries and the loader that it needs, with those that they need.
libraries() {
  if [ -z "$sysroot" ]; then
    ldd "$1" 2> /dev/null | sed -nE 's/.*=> not found/not found: &/p; s/^.*(=> |\t)(\/[^ ]+) \(0x.*/\2/p' || true
    return # nothing for a static program
  fi
  local name path
  "${tools}readelf" -lW "$1" | sed -nE 's/.*program interpreter: (.*)\]/\1/p'
  "${tools}readelf" -dW "$1" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' | while read -r name; do
    path=/usr/lib/${tools%-}/$name
    if [ ! -e "$sysroot$path" ]; then
      echo "not found: $name"
    elif [ ! -e "$root$path" ]; then
      echo "$path"
      libraries "$sysroot$path"
    fi
  done
}

# Without debug sections: they are most of the size, and unpacking is slow under emulation.
while IFS= read -r -d '' file; do
  [ "$(head -c 4 "$file" | od -An -tx1 | tr -d ' ')" = 7f454c46 ] || continue
  needed=$(libraries "$file" | sort -u)
  if grep 'not found' <<< "$needed"; then
    echo "mkinitrd.sh: $(basename "$file"): not all libraries are there" >&2
    exit 1
  fi
  for library in $needed; do
    [ -e "$root$library" ] || install -D -m 755 "$sysroot$library" "$root$library"
  done
  case $(file_type=$(od -An -tu2 -j16 -N2 "$file"); echo "${file_type// /}") in
    2 | 3) "${tools}strip" --strip-debug "$file" ;; # programs and shared objects; BPF objects need their BTF
  esac
done < <(find "$root/t" -type f -print0)

(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 | gzip -1) > "$out.part"
mv "$out.part" "$out"
