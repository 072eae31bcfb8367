#!/bin/bash
# check_includes.sh [ROOT]: every #include follows the arrows between the rooms (docs/architecture.md). Prints each one
# that does not as file:line and fails.
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

# room: the rooms that it may include directly or through others, itself left out.
declare -A allowed=(
  [base]=""
  [simd]="base"
  [kernels]="base simd"
  [calls]="base simd kernels"
  [layers]="base simd kernels calls"
  [losses]="base simd kernels calls"
  [optimizers]="base simd kernels calls"
  [formats]="base"
  [model]="base simd kernels calls layers losses optimizers formats"
  [plan]="base simd kernels calls layers losses optimizers formats model"
  [data]="base formats"
  [report]="base formats"
  [training]="base simd kernels calls layers losses optimizers formats model plan data"
)
# The room of each public header; treadle.hpp is above all of them.
declare -A header_room=(
  [result]=base [shape]=base [memory]=base [executor]=base [placement]=base [version]=base [isa]=kernels [layers]=layers
  [losses]=losses [optimizers]=optimizers [model]=model [normalization]=model [target]=kernels [plan]=plan [export]=plan [data]=data [source]=data [split]=data [augmentation]=data [images]=data [index_set]=data [sample_weights]=data
  [schedule]=training [checkpoint]=training [guard]=training [rate_finder]=training [training]=training
  [folder_lock]=formats [chart]=report [page]=report [run_log]=report [run_report]=report
)
# Third-party headers and the only folder that may include them.
declare -A third_party=(
  ['xsimd/*']=lib/simd ['*intrin.h']=lib/simd ['arm_*.h']=lib/simd
  ['tbb/*']=lib/base ['oneapi/*']=lib/base
  ['zlib.h']=lib/formats ['xxhash.h']=lib/formats ['png.h']=lib/formats ['jpeglib.h']=lib/formats ['jerror.h']=lib/formats ['sndfile.h*']=lib/formats
  ['CLI/*']=tools ['nlohmann/*']=tools
)

wrong=0
complain() {  # place, included, why
  echo "$1: $2: $3"
  wrong=$((wrong + 1))
}

check_arrow() {  # place, included, from, to
  [[ $3 == "$4" || " ${allowed[$3]} " == *" $4 "* ]] || complain "$1" "$2" "$3 must not include $4"
}

check_third_party() {  # place, included, folder of the includer
  local pattern
  for pattern in "${!third_party[@]}"; do
    # The pattern is meant as one.
    # shellcheck disable=SC2053
    [[ $2 == $pattern ]] || continue
    [[ $3/ == "${third_party[$pattern]}"/* ]] || complain "$1" "<$2>" "belongs in ${third_party[$pattern]}/ only"
  done
}

check_lib() {  # place, file, kind, included
  local room=${2#lib/}
  room=${room%%/*}
  [[ -v allowed[$room] ]] || { complain "$1" "lib/$room" "is no known room"; return; }
  local to
  if [[ $3 == '"' ]]; then
    to=${4%%/*}
    [[ $4 == */* && -v allowed[$to] ]] || { complain "$1" "\"$4\"" "is not relative to lib/"; return; }
    check_arrow "$1" "\"$4\"" "$room" "$to"
  elif [[ $4 == treadle/* ]]; then
    to=${4#treadle/}
    to=${to%.hpp}
    [[ -v header_room[$to] ]] || { complain "$1" "<$4>" "has no room that lib/ may include"; return; }
    check_arrow "$1" "<$4>" "$room" "${header_room[$to]}"
  fi
}

check_public() {  # place, file, kind, included
  local from to
  from=${2##*/}
  from=${from%.hpp}
  if [[ $3 == '"' ]]; then
    complain "$1" "\"$4\"" "a public header includes only <treadle/...> and the standard library"
  elif [[ $4 == treadle/* ]]; then
    [[ $from == treadle ]] && return
    to=${4#treadle/}
    to=${to%.hpp}
    [[ -v header_room[$from] ]] || { complain "$1" "$2" "has no room"; return; }
    [[ -v header_room[$to] ]] || { complain "$1" "<$4>" "has no room"; return; }
    check_arrow "$1" "<$4>" "${header_room[$from]}" "${header_room[$to]}"
  elif [[ $4 == *[./]* ]]; then
    complain "$1" "<$4>" "a public header includes only <treadle/...> and the standard library"
  fi
}

check_user() {  # place, file, kind, included: tools and examples see what users see, and what lies beside them
  [[ $3 == '<' || -f ${2%/*}/$4 ]] ||
    complain "$1" "\"$4\"" "tools and examples include only <treadle/...> and files of their own folder"
}

files=0
while IFS= read -r file; do
  files=$((files + 1))
  while IFS=: read -r line text; do
    [[ $text =~ ^[[:space:]]*#[[:space:]]*include[[:space:]]*([<\"])([^>\"]+) ]] || continue
    kind=${BASH_REMATCH[1]} included=${BASH_REMATCH[2]} place=$file:$line
    check_third_party "$place" "$included" "${file%/*}"
    case $file in
      lib/*) check_lib "$place" "$file" "$kind" "$included" ;;
      include/*) check_public "$place" "$file" "$kind" "$included" ;;
      tools/* | examples/*) check_user "$place" "$file" "$kind" "$included" ;;
    esac
  done < <(grep -nE '^[[:space:]]*#[[:space:]]*include' "$file" || true)
done < <(find lib include tools examples -name '*.[chi]pp' -o -name '*.h' -o -name '*.inc' 2>/dev/null | sort)

((files > 0)) || { echo "found no sources in $PWD"; exit 1; }
((wrong == 0)) || { echo "$wrong includes go the wrong way"; exit 1; }
echo "all includes of $files files follow the arrows"
