# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC3043
# What the guest runs: each phase of /t/plan.$T_topology, a line `NAME;CGROUP LOAD ARGUMENTS;..`, is one or more
# loads and `smtscope stat` beside them. NAME.json is what stat printed, NAME.N.json what the Nth load did.
# Whether it is right is for the host to say; this ends with 0 if everything could be started.

# Two probes of no use on sched_switch, held all the time: the emulator crashes now and then when the kernel
# patches the tracepoint's code under load, and a third probe no longer changes it.
hold_tracepoint() {
  local instance
  for instance in a b; do
    mkdir /sys/kernel/tracing/instances/$instance || return 1
    echo 0 > /sys/kernel/tracing/instances/$instance/tracing_on
    echo 1 > /sys/kernel/tracing/instances/$instance/events/sched/sched_switch/enable || return 1
  done
}

# record NAME COMMAND...: keeps its stdout, stderr and exit status.
record() {
  local name=$1
  shift
  timeout 90 "$@" > "/out/$name.json" 2> "/out/$name.err"
  echo $? > "/out/$name.status"
}

# start_load OUTPUT CGROUP COMMAND...: returns once the load is in effect.
start_load() {
  local output=$1 group=/sys/fs/cgroup/$2 waited=0
  shift 2
  mkdir -p "$group"
  rm -f /tmp/ready
  (echo 0 > "$group/cgroup.procs" && exec load "$@" 600 --ready /tmp/ready > "/out/$output.json" 2> "/out/$output.err") &
  loads="$loads $!"
  while [ ! -e /tmp/ready ]; do
    waited=$((waited + 1))
    [ $waited -lt 600 ] || { echo "load $* did not start"; return 1; }
    usleep 50000
  done
}

# phase NAME;LOADS: the loads begin before the window of stat and end after it.
phase() {
  local name=${1%%;*} rest=${1#*;} number=0 pid
  loads=
  while [ -n "$rest" ]; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    start_load "$name.$number" ${rest%%;*} || return 1
    case $rest in *\;*) rest=${rest#*;} ;; *) rest= ;; esac
  done
  record "$name" smtscope stat --duration 5s --format json
  for pid in $loads; do kill -TERM "$pid"; done
  for pid in $loads; do wait "$pid"; done
  echo "phase $name: stat ended with $(cat "/out/$name.status")"
}

hold_tracepoint || exit 1
record doctor smtscope doctor --format json
record version smtscope --version
# shellcheck disable=SC2154
while IFS= read -r line <&3; do
  phase "$line" || exit 1
done 3< "/t/plan.$T_topology"
exit 0
