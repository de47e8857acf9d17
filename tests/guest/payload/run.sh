# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh disable=SC3043
# What the guest runs: each phase of /t/plan.$T_topology, a line `NAME;CGROUP LOAD ARGUMENTS;..`, is one or more
# loads and `smtscope stat` beside them. NAME.json is what stat printed, NAME.N.json what the Nth load did. In the
# phase `hotplug CPU` CPUs go offline and come back meanwhile; hotplug.steps lists what was done. The phase
# `story SECONDS` records two hogs on one core, then on two, then a CPU that goes and comes back.
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
  timeout 150 "$@" > "/out/$name.json" 2> "/out/$name.err"
  echo $? > "/out/$name.status"
}

# start_load OUTPUT CGROUP COMMAND...: returns once the load is in effect. All else goes before it: emulated, stat
# needs seconds of CPU time until its window begins.
start_load() {
  local output=$1 group=/sys/fs/cgroup/$2 waited=0
  shift 2
  mkdir -p "$group"
  echo 1 > "$group/cpu.weight"
  rm -f /tmp/ready
  (echo 0 > "$group/cgroup.procs" && exec load "$@" 600 --ready /tmp/ready > "/out/$output.json" 2> "/out/$output.err") &
  loads="$loads $!"
  while [ ! -e /tmp/ready ]; do
    waited=$((waited + 1))
    [ $waited -lt 600 ] || { echo "load $* did not start"; return 1; }
    usleep 50000
  done
}

# start_loads NAME LOADS
start_loads() {
  local name=$1 rest=$2 number=0
  loads=
  while [ -n "$rest" ]; do
    number=$((number + 1))
    # shellcheck disable=SC2086
    start_load "$name.$number" ${rest%%;*} || return 1
    case $rest in *\;*) rest=${rest#*;} ;; *) rest= ;; esac
  done
}

stop_loads() {
  local pid
  for pid in $loads; do kill -TERM "$pid"; done
  for pid in $loads; do wait "$pid"; done
}

# phase NAME;LOADS COMMAND...: the loads begin before the window of the command and end after it.
phase() {
  local name=${1%%;*}
  start_loads "$name" "${1#*;}" || return 1
  shift
  record "$name" "$@"
  stop_loads
  echo "phase $name: ended with $(cat "/out/$name.status")"
}

# objects N: waits until stat has printed that many more.
objects() {
  local wanted=$(($(wc -l < /out/hotplug.json) + $1)) waited=0
  while [ "$(wc -l < /out/hotplug.json)" -lt $wanted ]; do
    waited=$((waited + 1))
    [ $waited -lt 150 ] || { echo "hotplug: stat prints nothing more"; return 1; }
    usleep 200000
  done
}

# step FILE VALUE WHAT: a change of the topology, an object across it and one without a change.
step() {
  echo "$2" > "$1" || { echo "hotplug: $3 failed"; return 1; }
  echo "$3" >> /out/hotplug.steps
  objects 2
}

hotplug() {
  local cpu=${1%%;*} folder=/sys/devices/system/cpu pid
  start_loads hotplug "${1#*;}" || return 1
  : > /out/hotplug.steps
  : > /out/hotplug.json
  smtscope stat --interval 1s --duration 120s --format json > /out/hotplug.json 2> /out/hotplug.err &
  pid=$!
  objects 1 && step $folder/cpu"$cpu"/online 0 "off $cpu" && step $folder/cpu"$cpu"/online 1 "on $cpu" &&
    if [ "$(cat $folder/smt/control)" = on ]; then
      step $folder/smt/control off "smt off" && step $folder/smt/control on "smt on"
    fi
  kill -TERM $pid
  wait $pid
  echo $? > /out/hotplug.status
  stop_loads
  echo "phase hotplug: stat ended with $(cat /out/hotplug.status)"
}

story() {
  local seconds=$1 cpu=/sys/devices/system/cpu/cpu3/online waited=0 pid left right
  : > /out/story.live.jsonl
  smtscope record /out/story.smtscope --interval 1s --metrics /out/story.live.jsonl 2> /out/story.err &
  pid=$!
  while [ ! -s /out/story.live.jsonl ]; do
    waited=$((waited + 1))
    [ $waited -lt 60 ] || { echo "story: nothing is recorded"; return 1; }
    sleep 1
  done
  loads=
  start_load story.1 left hogs 0 || return 1
  left=$loads
  loads=
  start_load story.2 right hogs 1 || return 1
  sleep "$seconds"
  stop_loads
  loads=
  start_load story.3 right hogs 2 || return 1
  right=$loads
  sleep "$seconds"
  date -u +%Y-%m-%dT%H:%M:%SZ > /out/story.offline
  echo 0 > $cpu && sleep 3 && echo 1 > $cpu && sleep 3 || { echo "story: CPU 3 does not go and come"; return 1; }
  loads="$left $right"
  stop_loads
  kill -INT $pid
  wait $pid
  echo $? > /out/story.status
  smtscope replay /out/story.smtscope -o /tmp/again.jsonl 2> /out/story.replay
  cmp /out/story.live.jsonl /tmp/again.jsonl >> /out/story.replay 2>&1 && echo same >> /out/story.replay
  gzip -1 /out/story.live.jsonl
  echo "phase story: record ended with $(cat /out/story.status)"
}

# numa NAME BALANCING LOAD...: the load in a cgroup with memory of its own. NAME.points are the exported points.
numa() {
  local name=$1 before
  before=$(cat /proc/sys/kernel/numa_balancing 2> /dev/null)
  [ -z "$before" ] || echo "$2" > /proc/sys/kernel/numa_balancing
  echo +memory > /sys/fs/cgroup/cgroup.subtree_control || return 1
  shift 2
  loads=
  start_load "$name.1" left numa "$@" || return 1
  record "$name" smtscope stat --duration 3s --format json --metrics "/out/$name.points"
  cat /sys/fs/cgroup/left/memory.numa_stat > "/out/$name.numa_stat" 2>&1
  stop_loads
  [ -z "$before" ] || echo "$before" > /proc/sys/kernel/numa_balancing
  echo "phase $name: ended with $(cat "/out/$name.status")"
}

hold_tracepoint || exit 1
echo +cpu > /sys/fs/cgroup/cgroup.subtree_control || exit 1
if [ "$T_variant" = pmu ]; then . /t/pmu.sh && exit 0 || exit 1; fi
record doctor smtscope doctor --format json
record version smtscope --version
# shellcheck disable=SC2154
while IFS= read -r line <&3; do
  case $line in
    hotplug\ *) hotplug "${line#hotplug }" || exit 1 ;;
    numa\ *)
      # shellcheck disable=SC2086
      numa ${line#numa } || exit 1
      ;;
    story\ *) story "${line#story }" || exit 1 ;;
    audit\;*) phase "$line" smtscope audit --duration 5s --log-memory 64MiB --format json || exit 1 ;;
    *) phase "$line" smtscope stat --duration 5s --format json || exit 1 ;;
  esac
done 3< "/t/plan.$T_topology"
exit 0
