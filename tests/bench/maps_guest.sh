#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tests/bench/maps_guest.sh [BUILD_DIR [WORK_DIR]]: bytes of maps in a guest whose kernel reckons with 256
# CPUs. Prints the table of bench_maps.
set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
guest=$here/../guest
build=${1:-$here/../../build/release}
work=$(realpath -m "${2:-$here/../../build/guest}")
"$guest/kernels.sh" "$work/kernels" 6.1
payload=$(mktemp -d)
trap 'rm -rf "$payload"' EXIT
cp "$build/tests/bench/bench_maps" "$payload/"
echo './bench_maps' > "$payload/run.sh"
"$guest/mkinitrd.sh" "$payload.cpio.gz" "$payload"
"$guest/boot.sh" --log "$payload.console" "$work"/kernels/6.1/boot/vmlinuz-* "$payload.cpio.gz" smt possible_cpus=256
tr -d '\r' < "$payload.console" | sed -n '/^map /,/^total/p'
rm -f "$payload.cpio.gz" "$payload.console"
