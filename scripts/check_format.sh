#!/bin/bash
# check_format.sh: every source is formatted as .clang-format says; `scripts/check_format.sh --fix` formats them.
set -euo pipefail
cd "$(dirname "$0")/.."

format=$(command -v clang-format-14 || command -v clang-format) || { echo "clang-format is missing"; exit 1; }
sources() { git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.h'; }
if [[ ${1:-} == --fix ]]; then
  sources | xargs -0 "$format" -i
else
  sources | xargs -0 "$format" --dry-run -Werror
  echo "all of $(sources | tr -cd '\0' | wc -c) sources are formatted"
fi
