#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# mkinitrd.sh OUT.cpio.gz PAYLOAD_DIR [BUSYBOX]: an initramfs with busybox, init of this folder, and the payload
# in /t; the payload holds run.sh. Dynamic programs get the libraries and the loader that ldd names here.
set -eu -o pipefail

[ $# -ge 2 ] || { echo "usage: mkinitrd.sh OUT.cpio.gz PAYLOAD_DIR [BUSYBOX]" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
out=$(realpath -m "$1")
payload=$2
busybox=${3:-/bin/busybox}
[ -f "$payload/run.sh" ] || { echo "mkinitrd.sh: no run.sh in $payload" >&2; exit 1; }
[ -x "$busybox" ] || { echo "mkinitrd.sh: no $busybox (Debian package busybox-static)" >&2; exit 1; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root"/{bin,dev,proc,sys,t}
cp "$busybox" "$root/bin/busybox"
cp "$here/init" "$root/init"
chmod 755 "$root/init"
cp -rL "$payload/." "$root/t/"

# Without debug sections: they are most of the size, and unpacking is slow under emulation.
while IFS= read -r -d '' file; do
  [ "$(head -c 4 "$file" | od -An -tx1 | tr -d ' ')" = 7f454c46 ] || continue
  libraries=$(ldd "$file" 2> /dev/null || true) # a static program has none
  if grep -q 'not found' <<< "$libraries"; then
    echo "mkinitrd.sh: $(basename "$file"): $(grep 'not found' <<< "$libraries" | head -1)" >&2
    exit 1
  fi
  while IFS= read -r library; do
    [ -e "$root$library" ] || install -D -m 755 "$library" "$root$library"
  done < <(grep -oE '(=> )?/[^ ]+ \(0x' <<< "$libraries" | grep -oE '/[^ ]+')
  case $(file_type=$(od -An -tu2 -j16 -N2 "$file"); echo "${file_type// /}") in
    2 | 3) strip --strip-debug "$file" ;; # programs and shared objects; BPF objects need their BTF
  esac
done < <(find "$root/t" -type f -print0)

(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc --quiet -R 0:0 | gzip -1) > "$out.part"
mv "$out.part" "$out"
