#!/bin/bash
# check_kill.sh [-n KILLS] [-s SEED] [TOOL]: kills training runs with SIGKILL at random moments, resumes them, and
# compares what they end in with a run that was never interrupted: the same bytes. A run is killed once to three times,
# in its first iterations, while it writes a checkpoint or while it resumes, and goes on with another number of threads,
# micro-batch or instruction set. Now and then the newest checkpoint is torn as well.
set -euo pipefail
. "$(dirname "$0")/common.sh"

kills=25 seed=$RANDOM
while getopts n:s: option; do
  case $option in
    n) kills=$OPTARG ;;
    s) seed=$OPTARG ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
tool=${1:-build/release/tools/treadle/treadle}
RANDOM=$seed
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

awkward_samples >"$folder/data.csv"
mapfile -t isas < <(runnable_isas "$tool")

out=$folder/out checkpoints=$folder/checkpoints
# A fraction of a second long.
train=("$tool" train --data "$folder/data.csv" --validation "$folder/data.csv" --epochs 30 --batch-size 10 --patience 30
  --quiet --out "$out")
resume=(--checkpoints "$checkpoints" --checkpoint-every 2 --resume)

# The way of the next process.
vary() {
  # Scalar code is slow without an FMA instruction, so it comes seldom where there is a choice.
  export TREADLE_ISA=${isas[-1]}
  ((RANDOM % 20)) || TREADLE_ISA=${isas[RANDOM % ${#isas[@]}]}
  variation=(--threads $((1 + RANDOM % 2)))
  if ((RANDOM % 2)); then variation+=(--micro-batch $((1 + RANDOM % 10))); fi
}

# tear: cuts the newer of two checkpoints short, or changes a byte of it.
tear() {
  local -a files=("$checkpoints"/checkpoint-?.safetensors)
  ((${#files[@]} == 2)) || return 0
  local newest=${files[0]} size
  [[ ${files[1]} -nt $newest ]] && newest=${files[1]}
  size=$(stat -c %s "$newest")
  if ((RANDOM % 2)); then
    truncate -s $((RANDOM * RANDOM % size)) "$newest"
  else
    printf '\x5a\xa5' | dd of="$newest" bs=1 seek=$((RANDOM * RANDOM % (size - 2))) conv=notrunc status=none
  fi
  torn=$((torn + 1))
}

"${train[@]}"
reference=$(sha256sum <"$out")
begin=$(date +%s%N)
"${train[@]}" "${resume[@]}"
length=$((($(date +%s%N) - begin) / 1000))  # microseconds

killed=0 runs=0 writing=0 early=0 finished=0 torn=0
while ((killed < kills)); do
  rm -rf "$checkpoints" "$out"
  for ((left = 1 + RANDOM % 3; left > 0 && killed < kills; --left)); do
    vary
    "${train[@]}" "${resume[@]}" "${variation[@]}" 2>/dev/null &
    process=$!
    sleep "$(printf '0.%06d' $((RANDOM * RANDOM % (length < 1000000 ? length : 1000000))))"
    if kill -9 $process 2>/dev/null; then killed=$((killed + 1)); else finished=$((finished + 1)); fi
    wait $process 2>/dev/null || true
    if compgen -G "$checkpoints/*.tmp" >/dev/null; then writing=$((writing + 1)); fi
    compgen -G "$checkpoints/*.safetensors" >/dev/null || early=$((early + 1))
    ((RANDOM % 3)) || tear
  done
  vary
  "${train[@]}" "${resume[@]}" "${variation[@]}" 2>/dev/null
  runs=$((runs + 1))
  if [[ $(sha256sum <"$out") != "$reference" ]]; then
    echo "run $runs of seed $seed: other bits than without interruption ($TREADLE_ISA, ${variation[*]})"
    exit 1
  fi
done
echo "$runs runs killed $killed times ($writing while writing, $early before the first checkpoint; $finished were" \
  "faster), $torn newest checkpoints torn: all end in ${reference%% *} (seed $seed)"
