#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# boot.sh [options] KERNEL_IMAGE INITRD TOPOLOGY [kernel argument...]: boots one emulated guest.
#   TOPOLOGY: smp1 | nosmt (2 cores) | smt (1 core x 2) | smt4 (2 cores x 2) | smt4x1 (1 core x 4)
#             | numa (2 sockets x 2 cores x 2, 2 nodes)
#   --arch ARCH      x86_64 (default) or aarch64
#   --log FILE       keeps the console (default: nothing is kept); that of a first try in FILE.1
#   --out DIR        unpacks what the guest shipped over a second serial port, after a check of its sum
#   --silence SEC    a guest that says nothing for so long hangs (30)
#   --timeout SEC    longest time of one try (300)
#   --memory MIB     (1024)
#   --icount         aarch64: a neoverse-n1 of which every instruction is counted, one a nanosecond; its CPUs take turns
# A guest that hangs, crashes or runs out of time is started a second time. The last line on stdout is
#   boot: ok|failed|hung|crashed|timeout; RETRIES retries [(why)]; SECONDS s; REASON
# Exit status: 0 ok; 1 run.sh in the guest failed; 2 wrong usage; 3 hung; 4 crashed; 5 timeout; 6 bad tar.
set -u

usage() { sed -n '3,16s/^# \{0,1\}//p' "$0" >&2; exit 2; }

arch=x86_64 log=/dev/null out= silence=30 timeout=300 memory=1024 icount=
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=${2:?}; shift 2 ;;
    --log) log=${2:?}; shift 2 ;;
    --out) out=${2:?}; shift 2 ;;
    --silence) silence=${2:?}; shift 2 ;;
    --timeout) timeout=${2:?}; shift 2 ;;
    --memory) memory=${2:?}; shift 2 ;;
    --icount) icount=yes; shift ;;
    -*) usage ;;
    *) break ;;
  esac
done
[ $# -ge 3 ] || usage
kernel=$1 initrd=$2 topology=$3
shift 3
for file in "$kernel" "$initrd"; do
  [ -r "$file" ] || { echo "boot.sh: cannot read $file" >&2; exit 2; }
done

# machine: with one serial port for the console, and the other one for files at the end.
# Without cx16, kernel 6.12 crashes at random in its slab allocator under QEMU 7.2.
case $arch in
  x86_64)
    machine=(-machine q35 -cpu Skylake-Server-v4,-cx16,check=off)
    ship=(-serial stdio -serial)
    arguments="console=ttyS0 mitigations=off no_timer_check t.ship=ttyS1" # a starved emulator fails the timer check
    ;;
  aarch64) # authentication of pointers by the architected algorithm costs most of the time
    machine=(-machine virt,gic-version=3 -cpu max,pauth-impdef=on)
    ship=(-serial stdio -device pci-serial,chardev=ship -chardev)
    arguments="console=ttyAMA0 mitigations=off t.ship=ttyS0"
    [ -z "$icount" ] || machine=(-machine virt,gic-version=3 -cpu neoverse-n1)
    ;;
  *) usage ;;
esac
accelerator=(-accel "tcg,thread=multi")
[ -z "$icount" ] || accelerator=(-accel tcg -icount shift=0)
command -v "qemu-system-$arch" > /dev/null || { echo "boot.sh: no qemu-system-$arch (scripts/packages/guest.txt)" >&2; exit 2; }

case $topology in
  smp1) smp=(-smp 1) ;;
  nosmt) smp=(-smp 2,sockets=1,cores=2,threads=1) ;;
  smt) smp=(-smp 2,sockets=1,cores=1,threads=2) ;;
  smt4) smp=(-smp 4,sockets=1,cores=2,threads=2) ;;
  smt4x1) smp=(-smp 4,sockets=1,cores=1,threads=4) ;;
  numa)
    half=$((memory / 2))
    smp=(-smp 8,sockets=2,cores=2,threads=2
      -object "memory-backend-ram,id=m0,size=${half}M" -object "memory-backend-ram,id=m1,size=${half}M"
      -numa node,nodeid=0,memdev=m0,cpus=0-3 -numa node,nodeid=1,memdev=m1,cpus=4-7 -numa dist,src=0,dst=1,val=21)
    memory=$((half * 2))
    ;;
  *) usage ;;
esac

work=$(mktemp -d)
qemu=
cleanup() {
  [ -z "$qemu" ] || kill -9 "$qemu" 2> /dev/null
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM HUP

# A fault of the guest's kernel ends QEMU at once: panic=-1 reboots, -no-reboot turns that into an exit.
start_qemu() {
  mkfifo "$work/console"
  local to=file:$work/shipped
  [ "$arch" = x86_64 ] || to=file,id=ship,path=$work/shipped
  setpriv --pdeathsig KILL "qemu-system-$arch" "${machine[@]}" "${accelerator[@]}" "${smp[@]}" -m "$memory" \
    -nodefaults -no-user-config -display none -no-reboot "${ship[@]}" "$to" -kernel "$kernel" -initrd "$initrd" \
    -append "$arguments quiet panic=-1 oops=panic softlockup_panic=1 $*" \
    < /dev/null > "$work/console" 2>&1 &
  qemu=$!
}

# one_try [kernel argument...]: sets outcome and reason.
one_try() {
  local line part='' said=$SECONDS begun=$SECONDS tar='' status=0 fault=''
  outcome=crashed reason="the emulator ended before the guest was done"
  rm -f "$work/console" "$work/shipped"
  start_qemu "$@"
  exec 3< "$work/console"
  while :; do
    line=
    if IFS= read -r -t 1 -u 3 line; then
      line=${part}${line%$'\r'} part=
      printf '%s\n' "$line" >> "$work/log"
      printf '%s\n' "$line"
    else
      status=$?
      part+=$line
      [ "$status" -gt 128 ] || break # end of file: QEMU is gone
      line=
    fi
    case $line in
      *==EXIT\ *) outcome=failed reason="run.sh ended with ${line##*==EXIT }"
        [ "${line##*==EXIT }" != 0 ] || outcome=ok reason=done ;;
      *==TAR\ *) tar=${line##*==TAR } ;;
      *'Kernel panic'* | *'BUG: '* | *Oops*) # the first fault says most
        [ "$fault" ] || fault=${line#*] } ;;
    esac
    case $line in *==[A-Z]*) said=$SECONDS ;; esac
    if [ $((SECONDS - said)) -ge "$silence" ]; then
      outcome=hung reason="silent for $silence s"
      break
    elif [ $((SECONDS - begun)) -ge "$timeout" ]; then
      outcome=timeout reason="not done in $timeout s"
      break
    fi
  done
  kill -9 "$qemu" 2> /dev/null
  wait "$qemu" 2> /dev/null
  qemu=
  exec 3<&-
  [ "$outcome" != crashed ] || reason=${fault:-$reason}
  [ -z "$tar" ] || receive "$tar"
}

# receive "SIZE MD5": checks what came over the second port and unpacks it.
receive() {
  if [ "$(stat -c %s "$work/shipped") $(md5sum < "$work/shipped" | cut -d' ' -f1)" != "$1" ]; then
    [ "$outcome" != ok ] || outcome=badtar reason="what came over the serial port is not what was sent"
  elif [ -n "$out" ]; then
    mkdir -p "$out" && tar -C "$out" -xf "$work/shipped" || { outcome=badtar reason="cannot unpack to $out"; }
  fi
}

begun=$(date +%s%N)
retries=0 first=
one_try "$@"
case $outcome in
  hung | crashed | timeout | badtar)
    first=" ($outcome: $reason)"
    retries=1
    echo "boot: retry$first"
    [ "$log" = /dev/null ] || mv "$work/log" "$log.1"
    one_try "$@"
    ;;
esac
[ ! -f "$work/log" ] || cat "$work/log" > "$log"
tenths=$((($(date +%s%N) - begun) / 100000000))
echo "boot: $outcome; $retries retries$first; $((tenths / 10)).$((tenths % 10)) s; $reason"
case $outcome in ok) exit 0 ;; failed) exit 1 ;; hung) exit 3 ;; crashed) exit 4 ;; timeout) exit 5 ;; *) exit 6 ;; esac
