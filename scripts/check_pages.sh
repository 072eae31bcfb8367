#!/bin/bash
# check_pages.sh: the page of a small run and that of a small sweep in a real browser (check_report.sh). Installs the
# browser if it is missing; where that cannot be done, SKIPPED says so, and nothing is looked at.
set -euo pipefail
. "$(dirname "$0")/common.sh"

if ! scripts/install_dependencies.sh browser; then
  echo "SKIPPED: no page was looked at, chromium cannot be installed here"
  exit 0
fi
[[ -x build/release/tools/treadle/treadle ]] || { configure release && build release --target treadle_tool; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

tool=build/release/tools/treadle/treadle data=/usr/share/datasets/fashion-mnist
"$tool" train --data "$data" --limit 3000 --epochs 2 --validation-every 10 --run "$folder/run" --quiet
"$tool" sweep --data "$data" --limit 2000 --batch-sizes 32,64,128 --epochs 1 --budget 3s --out "$folder/sweep" --quiet
scripts/check_report.sh "$folder/run/report.html"
scripts/check_report.sh "$folder/sweep/report.html"
