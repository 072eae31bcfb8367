#!/bin/bash
# test.sh [OPTIONS OF ctest]: installs what is missing, builds everything optimised and runs every test that this
# machine can run.
set -euo pipefail
. "$(dirname "$0")/common.sh"
scripts/install_dependencies.sh build data test

configure release
build release
ctest --preset release "$@"
