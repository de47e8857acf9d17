# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# One function a level of scripts/test: runs it and records a result for each of its tests. To be sourced after
# lib.sh; $run is the folder of this run, $SMTSCOPE_RESULTS its list of results.
cores=$(nproc)

# Sanitizers of these compilers want memory addresses less random than some kernels make them.
sanitized=()
if setarch -R true 2>/dev/null; then sanitized=(setarch -R); fi

# built PRESET: whether it was built in this run; else each level that needs it fails once, by name.
built() {
  [ -e "$run/built.$2" ] && return
  record "$1" failed "$1" "not run: build/$2 was not built"
  return 1
}

# empty_yet LEVEL: says so and is true for a level without a file.
empty_yet() {
  [ -z "$(find "$root/tests/$1" -type f -print -quit 2>/dev/null)" ] || return 1
  say "$1: nothing in this level yet"
}

# build PRESET [TARGET...]: configures and builds; only a failure counts, as one of the level builds.
build() {
  local preset=$1 log=$run/build.$1.log wrap=() arguments=()
  shift
  [ $# = 0 ] || arguments=(--target "$@")
  case $preset in asan | tsan | fuzz) wrap=("${sanitized[@]}") ;; esac
  step "Building $preset${*:+: $*}"
  if "${wrap[@]}" cmake --preset "$preset" -DBUILD_TESTING=ON >"$log" 2>&1 &&
    "${wrap[@]}" cmake --build --preset "$preset" -j "$cores" "${arguments[@]}" >>"$log" 2>&1; then
    touch "$run/built.$preset"
  else
    grep -E -A 12 'FAILED|error:|Error' "$log" | head -n 60 >&2
    record builds failed "$preset" "see ${log#"$root"/}"
    return 1
  fi
}

# targets PRESET: the names of what a configured preset can build, one a line.
targets() { ninja -C "$root/build/$1" -t targets all 2>/dev/null | sed -n 's/^\([A-Za-z0-9_]*\): phony.*/\1/p'; }

# run_ctest LEVEL PRESET PREFIX ARGUMENT...: plans, runs, compares.
run_ctest() {
  local level=$1 preset=$2 prefix=$3
  local at=$run/$level$prefix folder=$root/build/$2
  shift 3
  ctest --test-dir "$folder" --show-only=json-v1 "$@" >"$at.plan.json" || echo '{}' >"$at.plan.json"
  rm -f "$at.junit.xml"
  ${wrap[@]+"${wrap[@]}"} ctest --test-dir "$folder" "$@" --timeout 120 --output-junit "$at.junit.xml" --no-tests=error \
    >"$at.log" 2>&1 </dev/null
  python3 -B "$root/scripts/tally/ctest.py" "$level" "$at.plan.json" "$at.junit.xml" --prefix "$prefix" \
    --skips "$root/tests/skips.txt" --results "$SMTSCOPE_RESULTS"
}

# unit and replay run with AddressSanitizer and UndefinedBehaviorSanitizer.
level_unit() {
  built unit asan || return
  local wrap=("${sanitized[@]}")
  run_ctest unit asan "" -L '^unit$' -j "$cores"
}

level_replay() {
  empty_yet replay && return
  built replay asan || return
  local wrap=("${sanitized[@]}")
  run_ctest replay asan "" -L '^replay$' -j "$cores"
}

# Tests with threads: those with the label. They run under ThreadSanitizer too; what they need is known from
# the asan build.
thread_tests() {
  ctest --test-dir "$root/build/asan" --show-only=json-v1 2>/dev/null | python3 -c '
import json, os, sys
for test in json.load(sys.stdin).get("tests", []):
    labels = [value for p in test.get("properties", []) if p["name"] == "LABELS" for value in p["value"]]
    if "threads" in labels:
        print(test["name"], os.path.basename(test["command"][0]))'
}

# Only the programs of these levels: <level>_tests. threads belongs to unit.
build_asan() {
  local programs
  "${sanitized[@]}" cmake --preset asan -DBUILD_TESTING=ON >"$run/configure.asan.log" 2>&1
  mapfile -t programs < <(targets asan | grep -xE '(unit|replay|threads)_tests')
  build asan "${programs[@]}"
}

build_tsan() {
  local programs
  thread_tests >"$run/threads"
  if [ ! -s "$run/threads" ]; then
    say "threads: no test has the label yet, so nothing is built for ThreadSanitizer"
    return
  fi
  mapfile -t programs < <(awk '{print $2}' "$run/threads" | sort -u)
  build tsan "${programs[@]}"
}

level_threads() {
  built threads tsan || return
  local wrap=("${sanitized[@]}") names
  # Names as one pattern of literal alternatives.
  names=$(awk '{print $1}' "$run/threads" | sed 's/[][\.*^$+?(){}|]/\\&/g' | paste -sd '|')
  run_ctest threads tsan tsan: -R "^($names)\$"
}

# live runs the release build, alone and as root.
level_live() {
  empty_yet live && return
  built live release || return
  local wrap=()
  as_root true || say "live: its tests will not run"
  [ "$(id -u)" = 0 ] || wrap=(sudo)
  [ -r /sys/kernel/btf/vmlinux ] || say "live: this kernel has no BTF (/sys/kernel/btf/vmlinux)"
  # A virtual CPU that is stopped between two programs' clock readings puts them apart by as long: such a test is
  # run again, at most twice, and ctest's log says so.
  run_ctest live release "" -L '^live$' -j 1 --repeat until-pass:3
}

# The kernels that the rows to run name.
guest_kernels() {
  awk -F '\t' -v all="${all_guests-}" '!/^#/ && $1 != "name" && (all || $5 == "yes") {print $2}' \
    "$root/tests/guest/rows.tsv" | sort -u
}

# start_downloads: guest kernels and whatever else is fetched, beside the builds.
start_downloads() {
  [ -x "$root/tests/guest/kernels.sh" ] || return
  mkdir -p "$root/build/guest"
  # shellcheck disable=SC2046,SC2016 # one word a kernel
  setsid bash -c '"$1/tests/guest/cross.sh" sysroot "$1/build/aarch64" &
    "$1/tests/guest/kernels.sh" "$1/build/guest/kernels" "${@:2}" && wait $!' \
    downloads "$root" $(guest_kernels) >"$run/download.log" 2>&1 </dev/null &
  downloads=$!
}

# What runs in aarch64 guests; waits for the download of its libraries.
build_cross() {
  step "Building aarch64: smtscope load"
  "$root/tests/guest/cross.sh" build "$root/build/aarch64" >"$run/build.aarch64.log" 2>&1 </dev/null && return
  grep -E -A 12 'FAILED|error:|Error' "$run/build.aarch64.log" | head -n 60 >&2
  record builds failed aarch64 "see ${run#"$root"/}/build.aarch64.log"
}

# wait_downloads: live, guest and bench measure; nothing else runs beside them.
wait_downloads() {
  [ -n "${downloads-}" ] || return 0
  step "Waiting for downloads"
  wait "$downloads" || { say "Downloads failed:"; tail -n 20 "$run/download.log" >&2; }
  downloads=
}

# run_rows LEVEL LIMIT ARGUMENT...: tests/LEVEL/run, which has rows of its own.
run_rows() {
  local level=$1 limit=$2 at=$run/$1 runner=$root/tests/$1/run
  shift 2
  "$runner" --list "$@" >"$at.rows" </dev/null
  timeout --kill-after=30 "$limit" "$runner" "$@" </dev/null 2>&1 | tee "$at.log"
  python3 -B "$root/scripts/tally/rows.py" "$level" "$at.rows" "$at.log" "${PIPESTATUS[0]}" \
    --skips "$root/tests/skips.txt" --results "$SMTSCOPE_RESULTS"
}

level_guest() {
  empty_yet guest && return
  built guest release || return
  if [ -n "${all_guests-}" ]; then
    run_rows guest 4h --work "$root/build/guest" --all
  else
    run_rows guest 20m --work "$root/build/guest"
  fi
}

level_servers() {
  empty_yet servers && return
  built servers release || return
  run_rows servers 25m
}

# Fuzz targets are tests of the fuzz build. A minute and a half for all of them, on as many cores as there are.
build_fuzz() {
  local names seconds
  ! empty_yet fuzz || return 0
  cmake --preset fuzz -DBUILD_TESTING=ON >"$run/configure.fuzz.log" 2>&1
  mapfile -t names < <(targets fuzz | grep '^fuzz_' | sort -u)
  [ ${#names[@]} != 0 ] || names=(all)
  seconds=$((90 * cores / ${#names[@]}))
  [ $seconds -lt 10 ] || seconds=10
  [ $seconds -gt 2 ] || seconds=2
  cmake --preset fuzz -DSMTSCOPE_FUZZ_SECONDS=$seconds >>"$run/configure.fuzz.log" 2>&1
  build fuzz "${names[@]}"
}

level_fuzz() {
  empty_yet fuzz && return
  built fuzz fuzz || return
  local wrap=("${sanitized[@]}")
  run_ctest fuzz fuzz "" -L '^fuzz$' -j "$cores"
}

level_bench() {
  empty_yet bench && return
  built bench release || return
  local log=$run/bench.log
  as_root timeout --kill-after=30 5m "$root/tests/bench/run" </dev/null 2>&1 | tee "$log"
  if [ "${PIPESTATUS[0]}" = 0 ] && [ -s "$log" ]; then
    record bench passed bench
  else
    record bench failed bench "see ${log#"$root"/}"
  fi
}
