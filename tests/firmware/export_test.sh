#!/bin/bash
# export_test.sh SAVE_MODEL TREADLE EXPECTED: what `treadle export` makes of the network that this machine trains is the
# firmware's committed header, byte for byte: parameters, and the memory that it takes on a Cortex-M7.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$1" "$folder/stripes.safetensors"
"$2" export --format c "$folder/stripes.safetensors" -o "$folder/stripes.h" --name stripes --target cortex-m7 \
  --batch-size 32 --micro-batch 1 --optimizer momentum --learning-rate 0.02
diff "$folder/stripes.h" "$3" || { echo "$3 (>) is not what treadle export writes (<)"; exit 1; }
echo "the header is what it was"
