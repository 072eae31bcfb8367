#!/bin/bash
# check_streaming.sh [--quick] [BUILD FOLDER]: trains on a sparse file of 20 GB, shuffled as a whole and through a window,
# limited, split and with balanced classes, with less than 200 MB resident, evaluates and predicts it with less than 40 MB, and checks that reading ahead hides a reader that is twice as fast as the training.
# --quick: 1 GB, and a bound on speed that holds on a machine with other work.
set -euo pipefail
. "$(dirname "$0")/common.sh"

samples=25600000 iterations=2000 most=200 least=0.95
if [[ ${1:-} == --quick ]]; then
  samples=1280000 iterations=100 most=60 least=0.5
  shift
fi
build=${1:-build/release}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Zeros: a hole in a file is read like any other part of it, but takes no room on the disk.
truncate -s $((samples * 784)) "$folder/features.bin"
truncate -s "$samples" "$folder/labels.bin"
cat >"$folder/set.json" <<END
{"format": 1, "features": "features.bin", "type": "uint8", "shape": [28, 28, 1], "samples": $samples,
 "labels": "labels.bin", "label_type": "uint8", "classes": 10}
END

# resident COMMAND...: runs it and prints the most megabytes that were resident.
resident() {
  python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 // 1000000)' "$@"
}

# A split chooses among all samples before the first iteration, balancing looks at all labels.
while read -r iterations_here options; do
  # shellcheck disable=SC2086  # several options
  megabytes=$(resident "$build/tools/treadle/treadle" train --data "$folder/set.json" $options --quiet \
    --max-iterations "$iterations_here" --out "$folder/model.safetensors")
  echo "$((samples * 784 / 1000000)) MB of data, ${options:-all}: $megabytes MB resident, at most $most allowed"
  ((megabytes < most)) || exit 1
done <<END
$iterations
$iterations --window 10000
20 --limit $((samples / 50 * 49))
20 --validation-split 0.0001
20 --validation-split 0.0001 --window 10000
20 --validation-split 0.0001 --stratify
20 --balance
20 --validation-split 0.0001 --balance
END
# What is read in order keeps no list of its samples.
for command in evaluate predict; do
  megabytes=$(resident "$build/tools/treadle/treadle" "$command" --data "$folder/set.json" --model "$folder/model.safetensors")
  echo "$((samples * 784 / 1000000)) MB of data, $command: $megabytes MB resident, at most 40 allowed"
  ((megabytes < 40)) || exit 1
done
"$build/tests/training/prefetch_rate" "$least"
