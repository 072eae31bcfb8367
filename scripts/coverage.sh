#!/bin/bash
# coverage.sh: the line coverage of every reader of files by the tests and the replayed corpora of the fuzz targets, as a
# table. Fails when one has less than 95 %. The lines that nothing reached are in build/coverage/<file>.txt.
# Needs scripts/install_dependencies.sh build test coverage.
set -euo pipefail
. "$(dirname "$0")/common.sh"
least=95
build=build/coverage

readers=(lib/formats/{csv,gzip,idx,image,jpeg_image,json,json_parser,npy,number_type,png_image,read_file,safetensors,text,zip,zip_reader}.cpp
  lib/data/{csv_columns,csv_dataset,csv_lines,csv_source,file_source,idx_folder,idx_source,image_folder,npy_source,npz_archive,npz_dataset,npz_source,raw_description,raw_source,sample_lines,split}.cpp
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

# A source's name is what the compiler was given (a launcher such as ccache may change it), behind the folder it ran in and
# what -ffile-prefix-map made of both. Its end says which file it is. llvm-cov warns of functions that differ between
# programs under one name: the tests' own.
llvm-cov export -format=lcov -instr-profile "$build/all.profdata" "${objects[@]:1}" 2>"$build.export.log" | python3 -c '
import pathlib, posixpath, sys

folder, least, readers = pathlib.Path(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
counts = {}  # of each source: how often each of its lines ran
for line in sys.stdin:
    if line.startswith("SF:"): lines = counts.setdefault("/" + posixpath.normpath(line[3:].strip()), {})
    if line.startswith("DA:"):
        number, count = (int(word) for word in line[3:].split(",")[:2])
        lines[number] = lines.get(number, 0) + count

low = 0
print("%-36s %6s %8s %9s" % ("reader", "lines", "missed", "coverage"))
for reader in readers:
    sources = [lines for name, lines in counts.items() if name.endswith("/" + reader)]
    if len(sources) != 1: sys.exit(f"{reader} is {len(sources)} of {len(counts)} sources; see {folder}.export.log")
    missed = sorted(number for number, count in sources[0].items() if count == 0)
    text = pathlib.Path(reader).read_text().splitlines()
    listing = "".join(f"{number:5}: {text[number - 1]}\n" for number in missed)
    (folder / pathlib.Path(reader).name).with_suffix(".txt").write_text(listing)
    share = 100 * (1 - len(missed) / len(sources[0]))
    low += share < least
    print(f"{reader:36} {len(sources[0]):6} {len(missed):8} {share:7.2f} %")
if low: sys.exit(f"{low} of them under {least:g} %")' "$build" "$least" "${readers[@]}"
