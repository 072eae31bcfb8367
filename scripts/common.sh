# Sourced by the other scripts: goes to the root of the source tree and builds quietly.
cd "$(dirname "${BASH_SOURCE[0]}")/.."

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
