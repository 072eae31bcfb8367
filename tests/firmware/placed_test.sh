#!/bin/bash
# placed_test.sh ELF FLASH RAM: everything that is loaded lies in the 2 MiB of flash at FLASH, everything that is written in
# the 128 KiB at RAM (both hexadecimal); flash begins with the vector table, whose stack and first function lie there too.
set -euo pipefail
elf=$1 flash=$((16#$2)) ram=$((16#$3)) flash_bytes=$((2 << 20)) ram_bytes=$((128 << 10))

inside() {  # address, size, beginning, bytes
  (($1 >= $3 && $1 + $2 <= $3 + $4))
}

sections=0
while read -r name size address load flags; do
  size=$((16#$size)) address=$((16#$address)) load=$((16#$load))
  ((size > 0)) || continue
  sections=$((sections + 1))
  [[ $name != .text ]] || ((address == flash)) || { printf 'the vector table is at %x\n' "$address" && exit 1; }
  if [[ $flags == *LOAD,* ]]; then
    inside "$load" "$size" "$flash" "$flash_bytes" || { printf '%s is loaded to %x\n' "$name" "$load" && exit 1; }
  fi
  if [[ $flags != *READONLY* ]]; then
    inside "$address" "$size" "$ram" "$ram_bytes" || { printf '%s is at %x\n' "$name" "$address" && exit 1; }
  fi
done < <(arm-none-eabi-objdump -h "$elf" |
  awk '$1 ~ /^[0-9]+$/ { line = $2 " " $3 " " $4 " " $5; getline; if (/ALLOC/) print line, $0 }')
((sections >= 4)) || { echo "$elf has $sections sections"; exit 1; }

image=$(mktemp)
trap 'rm -f "$image"' EXIT
arm-none-eabi-objcopy -O binary -j .text "$elf" "$image"
read -r stack reset < <(od -A n -t u4 -N 8 "$image")
inside "$stack" 0 "$ram" "$ram_bytes" || { printf 'the stack begins at %x\n' "$stack" && exit 1; }
inside "$reset" 0 "$flash" "$flash_bytes" || { printf 'the program begins at %x\n' "$reset" && exit 1; }
((reset % 2 == 1)) || { echo "the reset handler is no function of Thumb"; exit 1; }
printf 'in flash and RAM; the stack begins at %x, the program at %x\n' "$stack" "$reset"
