#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cross.sh sysroot|build DIR: smtscope and load for aarch64 guests, built on this machine.
#   sysroot  unpacks the arm64 libraries that the build needs into DIR/sysroot: those of scripts/packages/build.txt
#            that are asked for by a header or a pkg-config name, with all that they depend on
#   build    makes the sysroot if it is not there, then builds DIR/smtscope, DIR/tests/load/load
#            and DIR/tests/guest/{pmu_guest,session_guest}
# No package of another architecture is installed. Exit 0 if what was asked for is there.
set -eu -o pipefail
here=$(dirname "$(readlink -f "$0")")
root=$(cd "$here/../.." && pwd)
. "$here/apt_root.sh"

case ${1-} in sysroot | build) ;; *) sed -n '3,8s/^# //p' "$0" >&2; exit 2 ;; esac
what=$1
dir=$(realpath -m "${2:?usage: cross.sh sysroot|build DIR}")
sysroot=$dir/sysroot

packages() {
  echo libc6-dev libstdc++6
  awk '!/^#/ && $2 ~ /^(pc|hdr):/ {print $1}' "$root/scripts/packages/build.txt"
}

# Links that point to the root of the machine point to the root of the sysroot.
relative_links() {
  local link target
  find "$1" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
    target=$(readlink "$link")
    ln -sfn "$(realpath -sm --relative-to="$(dirname "$link")" "$1$target")" "$link"
  done
}

make_sysroot() {
  local suite apt=$dir/apt why deb
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  why=$(apt_root "$apt" arm64 "$suite" "$suite-updates" "$suite-security") || { echo "cross.sh: $why" >&2; return 1; }
  # With nothing installed, apt names all that is needed.
  # shellcheck disable=SC2086,SC2046
  APT_CONFIG=$apt/apt.conf apt-get $kApt -qq -o Dir::State="$apt" -o Debug::NoLocking=1 \
    install --download-only --no-install-recommends -y $(packages) > "$dir/apt.log" 2>&1 ||
    { tail -n 20 "$dir/apt.log" >&2; return 1; }
  rm -rf "$sysroot.part"
  # As on a merged system: /lib and /usr/lib are one folder.
  mkdir -p "$sysroot.part/usr/lib" "$sysroot.part/usr/bin"
  ln -s usr/lib "$sysroot.part/lib"
  for deb in "$apt"/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" |
      tar -x -C "$sysroot.part" --keep-directory-symlink --wildcards './lib*' './usr/include*' './usr/lib*' \
        './usr/share/pkgconfig*' 2> /dev/null || true # a package without one of these
  done
  relative_links "$sysroot.part"
  rm -rf "$apt/archives" "$sysroot"
  packages | tr ' ' '\n' | sort > "$sysroot.part/PACKAGES"
  mv "$sysroot.part" "$sysroot"
}

mkdir -p "$dir"
exec 9> "$dir/lock"
flock 9 # a second caller waits and then finds everything there
if ! packages | tr ' ' '\n' | sort | cmp -s - "$sysroot/PACKAGES"; then make_sysroot; fi
[ "$what" = build ] || exit 0
# Less optimised than a release and without debug information: built for every run of the tests.
cmake -S "$root" -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSMTSCOPE_TOGETHER=ON \
  -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -DNDEBUG" -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -DNDEBUG" \
  -DCMAKE_TOOLCHAIN_FILE="$root/cmake/aarch64.cmake" -DCMAKE_SYSROOT="$sysroot"
cmake --build "$dir" --target smtscope load pmu_guest session_guest
