#!/bin/bash
# fashion_mnist_subset.sh FOLDER TRAIN TEST: writes the first TRAIN and TEST samples of Fashion-MNIST's two parts into
# FOLDER, as IDX files without gzip: what an emulator can read and validate with in little time.
set -eu
folder=${1:?usage: fashion_mnist_subset.sh FOLDER TRAIN TEST}

part() {  # prefix, samples
  local source=/usr/share/datasets/fashion-mnist/$1 count
  count=$(printf '\\x%02x\\x%02x' $(($2 / 256)) $(($2 % 256)))
  # zcat ends early when head has enough.
  {
    printf "\\x00\\x00\\x08\\x03\\x00\\x00$count\\x00\\x00\\x00\\x1c\\x00\\x00\\x00\\x1c"
    zcat "$source-images-idx3-ubyte.gz" 2>/dev/null | tail -c +17 | head -c $((784 * $2))
  } >"$folder/$1-images-idx3-ubyte"
  {
    printf "\\x00\\x00\\x08\\x01\\x00\\x00$count"
    zcat "$source-labels-idx1-ubyte.gz" 2>/dev/null | tail -c +9 | head -c "$2"
  } >"$folder/$1-labels-idx1-ubyte"
}
mkdir -p "$folder"
part train "$2"
part t10k "$3"
