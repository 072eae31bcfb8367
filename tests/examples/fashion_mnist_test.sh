#!/bin/bash
# fashion_mnist_test.sh PROGRAM: on images of ten shades of grey, a class each, it must learn nearly all of them.
set -euo pipefail
program=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

byte() { printf "\\x$(printf %02x "$1")"; }
count() { byte 0; byte 0; byte $(($1 / 256)); byte $(($1 % 256)); }

idx_part() {  # name, number of samples
  {
    byte 0; byte 0; byte 8; byte 3
    count "$2"; count 28; count 28
    for ((i = 0; i < $2; ++i)); do head -c 784 /dev/zero | tr '\0' "\\$(printf %03o $((i % 10 * 25 + 10)))"; done
  } >"$folder/$1-images-idx3-ubyte"
  {
    byte 0; byte 0; byte 8; byte 1
    count "$2"
    for ((i = 0; i < $2; ++i)); do byte $((i % 10)); done
  } >"$folder/$1-labels-idx1-ubyte"
}
idx_part train 300
idx_part t10k 20

"$program" "$folder" "$folder/model.safetensors" | tee "$folder/output"
[[ $(grep -c validation "$folder/output") == 10 ]] || { echo "expected a line for each of 10 epochs"; exit 1; }
[[ -s $folder/model.safetensors ]] || { echo "expected a model"; exit 1; }
# A wrong folder is an error that names the file, not a crash.
if message=$("$program" "$folder/nowhere" 2>&1); then echo "expected a failure"; exit 1; fi
[[ $message == *"$folder/nowhere"* ]] || { echo "expected the folder's name in: $message"; exit 1; }
