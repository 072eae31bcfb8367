#!/bin/bash
# check_readme.sh: runs every command of README.md, in order, as one reads it: what its ```sh blocks contain. But not
# ./scripts/test.sh, with which every run of .ci/run begins.
set -euo pipefail
cd "$(dirname "$0")/.."

commands=$(awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 } inside' README.md | sed '/^\.\/scripts\/test\.sh$/d')
[[ -n $commands ]] || { echo "README.md has no commands"; exit 1; }

# What is installed "at home" must not land in the home of whoever runs this.
HOME=$(mktemp -d)
export HOME
trap 'rm -rf "$HOME"' EXIT
bash -euxo pipefail -c "$commands" </dev/null
