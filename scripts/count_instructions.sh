#!/bin/bash
# count_instructions.sh MOST EMULATOR... PROGRAM: how many instructions a training step takes for each multiply-add, as
# QEMU counts them; fails when they are more than MOST. PROGRAM is tests/instructions, built for the emulated processor.
set -euo pipefail
most=$1
shift

case $1 in
  *qemu-system-*)
    # The program counts for itself, by a timer that -icount drives with each instruction.
    emulator=("${@:1:$#-2}")
    output=$("${emulator[@]}" -icount shift=0 "${@: -2}" 2>&1) || { echo "$output"; exit 1; }
    instructions=$(sed -n 's/^instructions: //p' <<<"$output")
    ;;
  *)
    # counted ITERATIONS: the instructions of a whole run. Each is a block of its own, and each block a line of the log.
    counted() {
      "${command[@]:0:1}" -singlestep -d exec,nochain -D /dev/stderr "${command[@]:1}" "$1" 2>&1 >/dev/null | grep -c '^Trace'
    }
    command=("$@")
    output=$("$@" 0)
    instructions=$(($(counted 2) - $(counted 1)))
    ;;
esac
multiply_adds=$(sed -n 's/^multiply-adds: //p' <<<"$output")
[[ -n $instructions && -n $multiply_adds ]] || { echo "$output"; echo "expected two counts"; exit 1; }
awk -v instructions="$instructions" -v multiply_adds="$multiply_adds" -v most="$most" 'BEGIN {
  ratio = instructions / multiply_adds
  printf "%.3f instructions for each multiply-add, %s at most: %d of %d\n", ratio, most, instructions, multiply_adds
  exit !(multiply_adds > 0 && instructions > 0 && ratio <= most)
}'
