#!/bin/bash
# check_firmware.sh [--inference-only] ELF FLASH RAM: prints what a firmware takes, section by section, and fails when that is
# more than FLASH or RAM bytes, when a heap is linked in, or (--inference-only) when anything of training is.
# CROSS: prefix of the tools, default arm-none-eabi-.
set -euo pipefail
usage="usage: check_firmware.sh [--inference-only] ELF FLASH RAM"
inference_only=
if [[ ${1:-} == --inference-only ]]; then inference_only=yes && shift; fi
elf=${1:?$usage}
most_flash=${2:?$usage}
most_ram=${3:?$usage}
cross=${CROSS-arm-none-eabi-}

if "${cross}nm" --demangle "$elf" | grep -wE 'malloc|_malloc_r|calloc|realloc|free|_sbrk|sbrk|operator (new|delete)'; then
  echo "$elf has a heap"
  exit 1
fi

training='gradient|backward|cross_entropy|kernels::(adam|adamw|sgd|momentum|column_sum)|run_iteration|record_training'
if [[ -n $inference_only ]] && "${cross}nm" --demangle "$elf" | grep -iE "$training" | cut -c 1-200; then
  echo "$elf has code for training"
  exit 1
fi

# objdump's columns: index, name, size, address, load address, ...; the line below has the flags.
flash=0 ram=0
while read -r name size flags; do
  size=$((16#$size))
  ((size > 0)) || continue
  place=
  if [[ $flags == *LOAD,* ]]; then flash=$((flash + size)) place=flash; fi
  if [[ $flags != *READONLY* ]]; then ram=$((ram + size)) place+=${place:+ and }RAM; fi
  printf '%-14s %7d bytes  %s\n' "$name" "$size" "$place"
done < <("${cross}objdump" -h "$elf" | awk '$1 ~ /^[0-9]+$/ { name = $2; size = $3; getline; if (/ALLOC/) print name, size, $0 }')

printf 'flash %d of %d bytes, RAM %d of %d bytes, no heap\n' "$flash" "$most_flash" "$ram" "$most_ram"
((flash > 0 && ram > 0)) || { echo "$elf has no sections to speak of"; exit 1; }
((flash <= most_flash)) || { echo "too much flash"; exit 1; }
((ram <= most_ram)) || { echo "too much RAM"; exit 1; }
