# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# The guest whose instructions are all counted: pmu_guest first, on a machine that does nothing else, then a session of
# known work, then smtscope. /out/pmu.txt and /out/session.txt are what was measured. With one CPU its counts are exact;
# with two they are those of the whole machine, so that there only hotplug is tried.
# shellcheck disable=SC2154
case $T_topology in
  smp1) what=counts ;;
  *) what=hotplug ;;
esac
/t/pmu_guest $what > /out/pmu.txt 2>&1
echo $? > /out/pmu.status
# With two CPUs whatever runs on the other one disturbs the self-test, which then refuses: tried again.
for attempt in 1 2 3; do
  echo "attempt $attempt"
  /t/session_guest > /out/session.txt 2>&1
  echo $? > /out/session.status
  [ "$T_topology" != smp1 ] && [ "$(cat /out/session.status)" != 0 ] || break
done
# Virtual time is slow while a CPU is busy: short windows.
record doctor smtscope doctor --format json
start_loads stat "left hogs 0" || exit 1
record stat smtscope stat --duration 500ms --format json
stop_loads
