#!/bin/bash
usage() {
  cat <<'END'
usage: compare.sh [OPTIONS]

Measures training steps and matrix products of Treadle and of the libraries that one would otherwise take, in turns on
this machine, and prints medians and ratios of their speeds. What is missing is installed and built. The machine should
have nothing else to do.

  --quick        fewer cases, one thread and shorter windows: about two minutes instead of twenty
  --rounds N     how often everything is measured (default 5)
  --isa NAME     avx2: hold everybody to AVX2 with FMA (default: the best that each finds)
  --out FOLDER   where the measurements, table.txt and plot.svg go (default build/compare)
  --help         this text

example:
  ./scripts/compare.sh --quick --isa avx2
END
}
set -euo pipefail

fail() { echo "compare.sh: $1; see --help" >&2; exit 2; }
quick=no rounds=5 isa='' out=''
while (($#)); do
  case $1 in
    --quick) quick=yes ;;
    --rounds | --isa | --out)
      (($# > 1)) || fail "$1 needs a value"
      declare "${1#--}=$2"
      shift
      ;;
    --help | -h) usage; exit 0 ;;
    *) fail "unknown option '$1'" ;;
  esac
  shift
done
[[ $rounds =~ ^[1-9][0-9]{0,2}$ ]] || fail "--rounds: expected 1 to 999, got '$rounds'"
[[ -z $isa || $isa == avx2 ]] || fail "--isa: expected avx2, got '$isa'"
[[ -z $out ]] || out=$(realpath -m "$out")

. "$(dirname "$0")/common.sh"
out=${out:-$PWD/build/compare}
scripts/install_dependencies.sh build test peers
# Peers' own loops and headers are compiled for this machine, or for what everybody is held to.
arch=native
export OPENBLAS_NUM_THREADS=1
unset OPENBLAS_CORETYPE ONEDNN_MAX_CPU_ISA TREADLE_ISA BLIS_ARCH_TYPE
if [[ $isa == avx2 ]]; then
  arch=haswell
  export TREADLE_ISA=avx2 OPENBLAS_CORETYPE=Haswell ONEDNN_MAX_CPU_ISA=AVX2 ATEN_CPU_CAPABILITY=avx2
  # BLIS takes a number, which is Haswell's; without AVX-512 it would choose AVX2 by itself, for the very processor.
  if grep -qw avx512f /proc/cpuinfo; then export BLIS_ARCH_TYPE=3; fi
fi
configure release -D TREADLE_BENCH_PEERS=ON -D "TREADLE_BENCH_PEER_ARCH=$arch"
build release --target bench_train_step bench_gemm

steps='/(sgd|adam)/batch:[0-9]+/threads:[12]$' step_seconds=0.3
products='gemm/' product_seconds=0.05
if [[ $quick == yes ]]; then
  steps='/sgd/batch:(1|32|128)/threads:[12]$' step_seconds=0.1
  products='gemm/(fwd|dX|dW)/b(1|32|256)/784x256$' product_seconds=0.02
fi

# measure BENCH NAME SECONDS FILTER: Treadle and its peers take turns, case by case.
measure() {
  local log="$out/log.txt"
  echo "round $round of $rounds: $2"
  "build/release/bench/bench_$1" --benchmark_filter="$4" --benchmark_min_time="$3" \
    --benchmark_out="$out/$2.$round.json" --benchmark_out_format=json >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
}

mkdir -p "$out"
rm -f "$out"/{mlp,cnn,gemm}.*.json
for ((round = 1; round <= rounds; ++round)); do
  for preset in mlp cnn; do measure train_step "$preset" "$step_seconds" "train_step/$preset$steps"; done
  measure gemm gemm "$product_seconds" "$products"
done
scripts/compare_table.py --svg "$out/plot.svg" "$out"/{mlp,cnn,gemm}.*.json | tee "$out/table.txt"
echo "Measurements, table and plot: $out"
