#!/bin/bash
#
# Run a static x86-64 Linux program on an emulated processor that has AVX-512.
#
# For machines whose own processor lacks it: neither QEMU's TCG (as of 7.2) nor
# Valgrind (as of 3.19) executes AVX-512, Bochs does. Bochs emulates a whole PC,
# so this boots a distribution kernel in it, runs the one program as the only
# user process, passes on its standard output, standard error and exit status,
# and ends. A trivial program takes 10 to 20 seconds, almost all of it the boot;
# afterwards count on some 40 million plain instructions a second and on a
# million or two of 512-bit fused multiply-adds a second, so keep the tests small.
#
# Debian packages (12 or later):
#   bochs bochs-term vgabios cpio binutils gcc libc6-dev
# and a kernel (bzImage, 64-bit, serial console built in), never installed: the file
# that EMULATE_AVX512_KERNEL names, else one fetched once by "apt-get download" into
# the cache directory.
#
# The emulated machine has one processor, no disk, no network and no swap.
# The program must be linked statically (-static); nothing else is in its root
# file system but what -f puts there and /proc, /sys, /dev and /tmp.
#
# Why there is no boot loader here. Bochs can load a file straight into guest
# memory ("optramimage") and take any file for its BIOS. So the "BIOS" is our
# own 60 instructions (rom.S), which switch to long mode and jump to the kernel by the
# 64-bit Linux boot protocol, and the memory file holds the kernel, its boot
# parameters and the initramfs. That saves the BIOS, GRUB, an ISO image and a
# slow read through an emulated CD drive.

set -euo pipefail
here=$(dirname "$(realpath "$0")")

usage() {
  cat <<'USAGE'
usage: emulate_avx512/run.sh [OPTION...] PROGRAM [ARGUMENT...]

  -f FILE[:PATH]  put a file or a directory into the guest, at PATH (default:
                  /NAME, the program's working directory being /); repeatable
  -e NAME=VALUE   set an environment variable for the program; repeatable
  -o PATH         after the program's own output, the contents of this file of
                  the guest on standard output
  -v              say what happens; show the kernel's messages on failure
  -h              this text

The program's standard input is empty. Exit status: the program's own, or 128 + N
if signal N ended it (132: illegal instruction); 124 after 10 minutes; 125 if the
emulation itself failed.
USAGE
}

die() { printf 'emulate_avx512: %s\n' "$*" >&2; exit 125; }
say() { if ((verbose)); then printf 'emulate_avx512: %s\n' "$*" >&2; fi; }

files=() environment=(PATH=/bin HOME=/ TERM=dumb)
output='' verbose=0
timeout=600            # seconds
mib=512                # of guest memory
model=corei7_skylake_x # a Bochs processor with AVX-512 F, CD, BW, DQ and VL
kernel=${EMULATE_AVX512_KERNEL:-}
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/emulate_avx512

while getopts 'f:e:o:vh' option; do
  case $option in
    f) files+=("$OPTARG") ;;
    e) environment+=("$OPTARG") ;;
    o) output=$OPTARG ;;
    v) verbose=1 ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 125 ;;
  esac
done
shift $((OPTIND - 1))
(($# > 0)) || { usage >&2; exit 125; }
program=$1
[[ -f $program && -r $program ]] || die "no such program: $program"
for tool in bochs-bin cpio as objcopy readelf gcc od; do
  command -v "$tool" >/dev/null || die "missing: $tool (see the packages listed in $0)"
done
# A dynamically linked program would fail in the guest with a bare "not found".
if readelf -lW -- "$program" 2>/dev/null | grep -q ' INTERP '; then
  die "$program is dynamically linked; link it with -static"
fi

# --- the kernel -------------------------------------------------------------

fetch_kernel() {
  kernel=$cache/vmlinuz
  [[ -s $kernel ]] && return
  say "fetching a kernel into $cache"
  local package
  # The cloud flavour is the smallest. The metapackage names the real one.
  package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null |
    awk '/Depends: linux-image-/ { print $2; exit }')
  [[ -n $package ]] || die "apt knows no linux-image-cloud-amd64; name a kernel in EMULATE_AVX512_KERNEL"
  mkdir -p "$cache"
  fetched=$(mktemp -d "$cache/fetch.XXXXXX")
  trap 'rm -rf "$fetched"' EXIT
  (cd "$fetched" && apt-get download "$package" >/dev/null 2>&1 && dpkg-deb -x ./*.deb .) ||
    die "cannot download $package; name a kernel in EMULATE_AVX512_KERNEL"
  # Renamed into place, so that a run beside this one never sees half of it.
  mv "$fetched"/boot/vmlinuz-* "$kernel"
  rm -rf "$fetched"
  trap - EXIT
}
[[ -n $kernel ]] || fetch_kernel
[[ -r $kernel ]] || die "cannot read the kernel $kernel"
kernel=$(realpath "$kernel")

number() { # number OFFSET SIZE: an unsigned little-endian field of the kernel image
  od -An -v -t "u$2" -j "$1" -N "$2" "$kernel" | tr -d ' '
}
[[ $(number $((0x202)) 2) -ge $((0x20c)) && $(number $((0x1fe)) 2) -eq $((0xaa55)) ]] ||
  die "$kernel is no bzImage of boot protocol 2.12 or later"
(($(number $((0x236)) 2) & 1)) || die "$kernel has no 64-bit entry point"
setup_sectors=$(number $((0x1f1)) 1)
((setup_sectors > 0)) || setup_sectors=4
header_end=$((0x202 + $(number $((0x201)) 1)))
init_size=$(number $((0x260)) 4)

# --- the work directory -----------------------------------------------------

work=$(mktemp -d "${TMPDIR:-/tmp}/emulate_avx512.XXXXXX")
pids=()
cleanup() {
  local pid
  for pid in "${pids[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
  { wait; } 2>/dev/null || true # without the shell's "Killed"
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- /init: runs the program and reports ------------------------------------

gcc -std=gnu11 -Os -static -o "$work/init" "$here/init.c" 2>"$work/gcc.log" ||
  { cat "$work/gcc.log" >&2; die "cannot compile /init"; }

# --- the initramfs, uncompressed: unpacking would be emulated ---------------

root=$work/root
mkdir -p "$root"/{.run,proc,sys,dev,bin,tmp}
chmod 1777 "$root/tmp"
install -m 755 "$work/init" "$root/init"
install -m 755 "$program" "$root/.run/program"
: >"$root/.run/stdin"
printf '%s\0' "$@" >"$root/.run/arguments"
printf '%s\0' "${environment[@]}" >"$root/.run/environment"
if [[ -n $output ]]; then printf '%s\0' "$output" >"$root/.run/output"; fi
for file in ${files[@]+"${files[@]}"}; do
  source=${file%%:*} target=/$(basename "${file%%:*}")
  [[ $file == *:* ]] && target=/${file#*:}
  [[ -e $source ]] || die "no such file: $source"
  mkdir -p "$root$(dirname "$target")"
  cp -RL -- "$source" "$root$target"
done
(cd "$root" && find . -print0 | cpio -0 -o -H newc --quiet) >"$work/initramfs"
initramfs_size=$(stat -c %s "$work/initramfs")

# --- guest memory -----------------------------------------------------------
#
#   0x00100000  page tables (made by the "BIOS"), stack, boot parameters
#   0x01000000  kernel; it unpacks itself in place, up to init_size
#   above       initramfs
#
# The memory file must start at 1 MiB and not at 0. Bochs hands out guest memory
# in blocks of 128 KiB in the order of their first use, but loads this file as
# if they lay in a row; so the "BIOS" touches them in rising order before
# anything else does. Below 1 MiB the video memory and the ROMs are no such
# blocks and would make the count slip.

base=$((0x100000))
kernel_at=$((0x1000000))
initramfs_at=$(((kernel_at + init_size + 0xfffff) & ~0xfffff))
memory=$((mib << 20))
# The kernel keeps the unpacked copy too before it frees this one.
((initramfs_at + 2 * initramfs_size + (64 << 20) < memory)) ||
  die "the files do not fit in $mib MiB"

# What each argument is for:
#   clearcpuid=xsaves,xsavec  Bochs 2.7 reports the size of the compacted XSAVE
#                             area wrongly; Linux then turns off XSAVE, and
#                             every AVX instruction becomes an illegal one
#   tsc_early_khz             must agree with "ips" below, else the kernel takes
#                             3500 MHz from CPUID and every delay lasts 70-fold
#   acpi, pci, noapic, ...    hardware that nothing has set up (no BIOS ran)
#   the rest                  leaves out slow start-up work: key parsing, crypto
#                             self-tests, tracing, BTF, keyboard probing
instructions_per_second=50000000
cmdline="console=ttyS0 rdinit=/init panic=-1 nokaslr mitigations=off \
acpi=off pci=off noapic nolapic maxcpus=0 no_timer_check \
tsc=reliable tsc_early_khz=$((instructions_per_second / 1000)) clearcpuid=xsaves,xsavec \
random.trust_cpu=on init_on_alloc=0 audit=0 security=none cryptomgr.notests=1 \
initcall_blacklist=load_system_certificate_list,trace_eval_init,tracer_init_tracefs,\
cubictcp_register,i8042_init"
# The emulated serial port is slow, and the messages would double the boot time.
((verbose)) && cmdline+=' loglevel=4' || cmdline+=' quiet loglevel=1'
printf '%s\0' "$cmdline" >"$work/cmdline"
(($(stat -c %s "$work/cmdline") <= 2048)) || die "the kernel arguments are too long"

ln -s "$kernel" "$work/kernel"
for part in memory rom; do
  as -I "$work" -o "$work/$part.o" "$here/$part.S" \
    --defsym "BASE=$base" --defsym "MEMORY=$memory" --defsym "KERNEL=$kernel_at" \
    --defsym "INITRAMFS=$initramfs_at" --defsym "INITRAMFS_SIZE=$initramfs_size" \
    --defsym "HEADER_END=$header_end"
  objcopy -O binary -j .text "$work/$part.o" "$work/$part"
done
place() { # place FILE ADDRESS SKIPPED_BYTES
  dd if="$1" of="$work/memory" bs=64K iflag=skip_bytes oflag=seek_bytes \
    skip="$3" seek=$(($2 - base)) conv=notrunc status=none
}
place "$kernel" "$kernel_at" $(((setup_sectors + 1) * 512))
place "$work/initramfs" "$initramfs_at" 0

# --- Bochs ------------------------------------------------------------------

# Pipes, so that the output appears while the program runs.
mkfifo "$work/stdout" "$work/stderr"
cat "$work/stdout" & pids+=($!); readers=($!)
cat "$work/stderr" >&2 & pids+=($!); readers+=($!)

# reset_on_triple_fault=0: a kernel that cannot go on ends Bochs at once.
# sync=none: emulated time follows the instructions, so runs are repeatable.
cat >"$work/bochsrc" <<RC
display_library: term
megs: $mib
romimage: file="$work/rom"
optramimage1: file="$work/memory", address=$base
cpu: model=$model, count=1, ips=$instructions_per_second, reset_on_triple_fault=0
clock: sync=none
pci: enabled=0
ata0: enabled=0
ata1: enabled=0
boot: floppy
com1: enabled=1, mode=file, dev="$work/console"
com2: enabled=1, mode=file, dev="$work/status"
parport1: enabled=1, file="$work/stdout"
parport2: enabled=1, file="$work/stderr"
log: "$work/bochs.log"
panic: action=fatal
error: action=report
info: action=report
RC
# Debian builds Bochs with its debugger, which waits for a command to start.
echo c >"$work/debugger"

say "booting $kernel on $model"
SECONDS=0 result=0 timed_out=0
# The terminal display needs a terminal type but no terminal.
TERM=linux bochs-bin -q -f "$work/bochsrc" -rc "$work/debugger" \
  </dev/null >"$work/bochs.out" 2>&1 &
bochs=$!
pids+=("$bochs")
# Not timeout(1): Bochs ignores SIGTERM, and timeout(1) killed from outside
# would leave Bochs behind.
while kill -0 "$bochs" 2>/dev/null; do
  if ((SECONDS >= timeout)); then
    timed_out=1
    kill -KILL "$bochs" 2>/dev/null || true
    break
  fi
  sleep 0.1
done
{ wait "$bochs" || result=$?; } 2>/dev/null # without the shell's "Killed"

# Bochs opens a port's file only on the first byte, so a silent program leaves
# its reader waiting for a writer: be that writer, and let both drain.
: <>"$work/stdout" >"$work/stdout" 2>/dev/null &
: <>"$work/stderr" >"$work/stderr" 2>/dev/null &
wait "${readers[@]}" || true

# Bochs itself ends with an error even on an orderly shutdown: only what the
# guest reported counts.
if status=$(cat "$work/status" 2>/dev/null) && [[ $status =~ ^[0-9]+$ ]]; then
  say "status $status after $SECONDS s"
  exit "$status"
fi
if ((verbose)); then
  tail -n 40 "$work/console" "$work/bochs.log" >&2 2>/dev/null || true
fi
if ((timed_out)); then
  printf 'emulate_avx512: no end after %s seconds\n' "$timeout" >&2
  exit 124
fi
die "the emulation failed (Bochs status $result); -v shows more"
