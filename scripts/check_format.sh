#!/bin/bash
# check_format.sh: every source is formatted as .clang-format says, which `scripts/check_format.sh --fix` does, and the
# lines of documents are no longer than those of sources, but in tables and code.
set -euo pipefail
cd "$(dirname "$0")/.."

format=$(command -v clang-format-14 || command -v clang-format) || { echo "clang-format is missing"; exit 1; }
sources() { git ls-files -z --cached --others --exclude-standard -- '*.cpp' '*.hpp' '*.h'; }
if [[ ${1:-} == --fix ]]; then
  sources | xargs -0 "$format" -i
else
  sources | xargs -0 "$format" --dry-run -Werror
  git ls-files -z --cached --others --exclude-standard -- '*.md' | xargs -0 awk '
    FNR == 1 { code = 0 }
    /^ *```/ { code = !code }
    !code && !/^ *(\||!\[)/ && !/^    / && length > 120 { print FILENAME ":" FNR ": longer than 120 characters"; long = 1 }
    END { exit long }'
  echo "all of $(sources | tr -cd '\0' | wc -c) sources are formatted"
fi
