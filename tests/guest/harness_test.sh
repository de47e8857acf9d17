#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# harness_test.sh KERNEL_IMAGE: boot.sh tells a guest that hangs, crashes, fails, or never ends from one that is
# done, and gets files back whole. Prints one line per case; exit 0 if all are as expected.
set -u
here=$(cd "$(dirname "$0")" && pwd)
kernel=${1:?usage: harness_test.sh KERNEL_IMAGE}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir "$work/payload"
cp "$(command -v chrt)" "$work/payload/"
cat > "$work/payload/run.sh" <<'RUN'
case $T_case in
  done) seq 1 100000 > /out/numbers ;;
  failed) exit 7 ;;
  hung) # one CPU of two never lets go: the other one still prints, but its sign of life is missing
    # (from 6.12 on the kernel gives other tasks a share in spite of it, unless told not to)
    echo -1 > /proc/sys/kernel/sched_rt_runtime_us
    for file in /sys/kernel/debug/sched/fair_server/cpu*/runtime; do [ ! -e "$file" ] || echo 0 > "$file"; done
    chrt -f 99 taskset -c 1 sh -c 'while :; do :; done' ;;
  crashed) echo c > /proc/sysrq-trigger ;;
  endless) sleep 1000 ;;
esac
RUN
"$here/mkinitrd.sh" "$work/initrd" "$work/payload" || exit 1

failures=0
expect() { # CASE STATUS RETRIES [option...]
  local case=$1 want="$2 $3" got last status
  shift 3
  last=$("$here/boot.sh" --out "$work/$case" "$@" "$kernel" "$work/initrd" smt t.case="$case" > "$work/console"; echo "$?" > "$work/status"; tail -1 "$work/console")
  status=$(cat "$work/status")
  got="$status $(sed -E 's/.*; ([0-9]+) retries.*/\1/' <<< "$last")"
  if [ "$got" = "$want" ]; then
    echo "  right: $case: $last"
  else
    echo "  wrong: $case: status and retries $got, expected $want: $last"
    failures=$((failures + 1))
  fi
}

expect done 0 0
seq 1 100000 | cmp - "$work/done/numbers" || failures=$((failures + 1))
expect failed 1 0
expect hung 3 1 --silence 15
expect crashed 4 1
expect endless 5 1 --timeout 15
[ $failures = 0 ]
