#!/bin/bash
# coverage.sh: the line coverage of every reader of files by the tests and the replayed corpora of the fuzz targets, as a
# table. Fails when one has less than 95 %. The lines that nothing reached are in build/coverage/<file>.txt.
# Needs scripts/install_dependencies.sh build test coverage.
set -euo pipefail
. "$(dirname "$0")/common.sh"
least=95
build=build/coverage

readers=(lib/formats/{csv,gzip,idx,image,jpeg_image,json,json_parser,npy,png_image,read_file,safetensors,text,zip}.cpp
  lib/data/{csv_columns,csv_dataset,csv_lines,csv_source,file_source,idx_folder,idx_source,image_folder,npy_source,npz_dataset,raw_description,raw_source,sample_lines,split}.cpp
  lib/model/{description,model_file}.cpp lib/report/{anomaly,json_fields,read_run,run_log}.cpp
  lib/training/{checkpoint_folder,checkpoint_format,parse_checkpoint,state_json}.cpp)
tests=(formats data model report training)
for source in tests/fuzz/fuzz_*.cpp; do tests+=("$(basename "$source" .cpp)"); done

# Which instruction set trains is nothing to a reader.
mkdir -p build
cmake -S . -B "$build" -G Ninja -DCMAKE_CXX_COMPILER=clang++ -DCMAKE_BUILD_TYPE=Debug -DTREADLE_BUILD_TESTS=ON \
  -DTREADLE_BUILD_EXAMPLES=OFF -DTREADLE_ISAS=scalar \
  -DCMAKE_CXX_FLAGS="-fprofile-instr-generate -fcoverage-mapping -O1" >"$build.configure.log"
targets=()
for test in "${tests[@]}"; do
  if [[ $test == fuzz_* ]]; then targets+=("$test"); else targets+=("test_$test"); fi
done
cmake --build "$build" --target "${targets[@]}" >"$build.build.log"

rm -rf "$build/profiles"
LLVM_PROFILE_FILE=$PWD/$build/profiles/%m-%p.profraw ctest --test-dir "$build" --output-on-failure -Q \
  -R "^($(IFS='|' && echo "${tests[*]}"))\$"
llvm-profdata merge -o "$build/all.profdata" "$build"/profiles/*.profraw
objects=()  # the first one is an argument without an option
for target in "${targets[@]}"; do objects+=(-object "$(find "$build/tests" -name "$target" -type f)"); done

# of_reader SUBCOMMAND OPTION...: of $reader alone. -ffile-prefix-map has made the names of sources relative to nothing.
of_reader() {
  llvm-cov "$@" -path-equivalence="./$build/.,$PWD" -instr-profile "$build/all.profdata" "${objects[@]:1}" "$reader" 2>/dev/null
}

failed=0
printf '%-36s %6s %8s %9s\n' reader lines missed coverage
for reader in "${readers[@]}"; do
  of_reader export -summary-only | python3 -c '
import json, sys
data = json.load(sys.stdin)["data"][0]
if len(data["files"]) != 1: sys.exit(sys.argv[1] + ": llvm-cov does not know this file")
lines = data["totals"]["lines"]
covered, count = lines["covered"], lines["count"]
share = 100 * covered / count if count else 0
print(f"{sys.argv[1]:36} {count:6} {count - covered:8} {share:7.2f} %")
sys.exit(share < float(sys.argv[2]))' "$reader" "$least" || failed=1
  of_reader show | grep -E '^ *[0-9]+\| +0\|' >"$build/$(basename "$reader" .cpp).txt" || true
done
((failed == 0)) || echo "expected at least $least % of each"
exit $failed
