#!/bin/bash
# compare_test.sh: the script that compares speeds explains itself and refuses what it does not know, and its table has
# the right medians, ratios and geometric means. Nothing is timed here.
set -euo pipefail
scripts=$(dirname "$(readlink -f "$0")")/../../scripts
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() { echo "$1"; exit 1; }
"$scripts/compare.sh" --help >help || fail "--help failed"
[[ $(tail -2 help) == "example:"$'\n'"  ./scripts/compare.sh"* ]] || fail "--help does not end with an example"
for wrong in "--fast" "--isa sse9" "--rounds 0" "--rounds" "--out"; do
  status=0
  # shellcheck disable=SC2086 # an option and its value
  "$scripts/compare.sh" $wrong >output 2>&1 || status=$?
  ((status == 2)) || fail "compare.sh $wrong: expected exit status 2, got $status"
  grep -q -- "see --help" output || fail "compare.sh $wrong: says nothing of --help"
done

measured() { echo '{"name": "'"$1"'", "run_type": "'"${3:-iteration}"'", "items_per_second": '"$2"'},'; }
# round FILE TREADLE_1 ONEDNN_1 LIBTORCH_1 TREADLE_8 ONEDNN_8: what a round measured at batch sizes 1 and 8.
round() {
  local one=train_step/mlp/sgd/batch:1/threads:1 eight=train_step/mlp/sgd/batch:8/threads:1
  {
    echo '{"context": {}, "benchmarks": ['
    measured "$one" "$2"
    measured "onednn/$one" "$3"
    measured "libtorch/$one" "$4"
    measured "$eight" "$5"
    measured "onednn/$eight" "$6"
    measured onednn/train_step/mlp/adam/batch:8/threads:1 7
    measured "$one" 1 aggregate
    measured kernel/relu/avx2/1024 5 | tr -d '\n' | sed 's/,$//'
    echo ']}'
  } >"$1"
}
# Medians: Treadle 2000 and 9000; onednn 1000 (the outlier does not count) and 2250; libtorch 500, for one case alone.
round 1.json 2000 1000 500 9000 2250
round 2.json 1000 900 400 9500 2250
round 3.json 90000 80000 600 8000 2000
"$scripts/compare_table.py" --svg plot.svg 1.json 2.json 3.json >table
squeezed=$(tr -s ' ' <table)
for line in "train_step treadle onednn (ratio) libtorch (ratio) best peer" \
  "mlp/sgd/batch:1/threads:1 2,000 1,000 (2.00) 500 (4.00) 2.00" \
  "mlp/sgd/batch:8/threads:1 9,000 2,250 (4.00) - 4.00" \
  "geometric mean of ratios 2.83 4.00 2.83" \
  "lowest ratio 2.00 4.00 2.00"; do
  grep -qxF "$line" <<<"$squeezed" || { cat table; fail "the table has no line '$line'"; }
done
if grep -qE 'adam|relu' table; then fail "the table has a case that Treadle did not run"; fi
for part in '<svg xmlns=' '>mlp</text>' '>Treadle</text>' '>batch size</text>' '</svg>'; do
  grep -qF "$part" plot.svg || fail "the plot has no '$part'"
done
(($(grep -c '<polyline' plot.svg) == 3)) || fail "the plot does not have three lines"
if "$scripts/compare_table.py" /dev/null >output 2>&1; then fail "an empty file was accepted"; fi
echo "compared what was to be compared"
