# Sourced by the other scripts: goes to the root of the source tree, builds quietly, and knows what several try.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What a fuzz target, whose inputs have a few kilobytes, may allocate at once and in all.
export fuzz_limits="-malloc_limit_mb=64 -rss_limit_mb=2048"

# configure PRESET ARGUMENTS...: silent unless it fails.
configure() {
  local log=build/$1.configure.log
  mkdir -p build
  if ! cmake --preset "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
}

# build PRESET ARGUMENTS...: silent when there is nothing to do; shows its progress on a terminal.
build() {
  local preset=$1 log=build/$1.build.log
  shift
  if cmake --build --preset "$preset" "$@" -- -n | grep -q 'no work to do'; then return 0; fi
  echo "Building (build/$preset) ..."
  if [[ -t 1 ]]; then
    cmake --build --preset "$preset" "$@"
  elif ! cmake --build --preset "$preset" "$@" >"$log" 2>&1; then
    cat "$log" >&2
    return 1
  fi
}

# awkward_samples: 211 samples of 37 features in 3 classes as CSV: no size is a multiple of anything.
awkward_samples() {
  awk 'BEGIN {
    state = 1
    for (i = 0; i < 211; ++i) {
      for (j = 0; j < 37; ++j) {
        state = (state * 16807) % 2147483647
        printf "%.6f,", state / 2147483647 + (j % 3 == i % 3)
      }
      print i % 3
    }
  }'
}

# runnable_isas TOOL: the instruction sets that this machine has for it, a line each, from the slowest to the fastest.
runnable_isas() {
  local isa
  for isa in scalar avx2 avx512 neon64; do
    if TREADLE_ISA=$isa "$1" info >/dev/null 2>&1; then echo "$isa"; else echo "skipped: $isa (not on this machine)" >&2; fi
  done
}
