#!/bin/bash
# demo.sh: from a fresh Debian 12 to a trained network. Installs what is missing, builds the
# tool and trains a dense network on Fashion-MNIST.
set -euo pipefail
. "$(dirname "$0")/common.sh"
scripts/install_dependencies.sh build data

# A build folder of the tests has the tool too; a new one gets only what this needs.
[[ -f build/release/build.ninja ]] ||
  configure release -D TREADLE_BUILD_TESTS=OFF -D TREADLE_BUILD_BENCHES=OFF
build release --target treadle_tool

treadle=build/release/tools/treadle/treadle
data=/usr/share/datasets/fashion-mnist
model=run/demo/model.safetensors
log=run/demo/log.jsonl
run=run/demo/run
mkdir -p run/demo
rm -rf "$run"
"$treadle" train --data "$data" --model mlp --epochs 10 --batch-size 128 --optimizer adamw --learning-rate 0.001 \
  --seed 1 --out "$model" --log "$log" --run "$run"
echo
"$treadle" evaluate --data "$data" --model "$model"
echo
echo "The model is $model, a line for each epoch is in $log,"
echo "and a page with charts of the run is $run/report.html."
