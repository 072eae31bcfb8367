#!/bin/bash
# install_dependencies.sh GROUP...: installs the Debian 12 packages of these groups that are missing. Says nothing and
# takes no time when all are there; never asks.
#   build  compiler, build tools and the libraries that Treadle uses
#   data   the data set of the demo
#   test   what the tests need beyond that
#   ci     other compilers, emulators and checkers
#   peers  the libraries that the benches compare with
#   avx512 an emulator of a CPU with AVX-512, for machines without
set -euo pipefail

packages=()
for group in "$@"; do
  case $group in
    build) packages+=(g++ cmake ninja-build libxsimd-dev libtbb-dev zlib1g-dev libcli11-dev nlohmann-json3-dev) ;;
    data) packages+=(dataset-fashion-mnist) ;;
    test) packages+=(doctest-dev librapidcheck-dev libbenchmark-dev pkg-config python3) ;;
    ci) packages+=(clang libclang-rt-14-dev clang-format-14 qemu-user) ;;
    peers)
      packages+=(libdnnl-dev libtorch-dev libopenblas0-pthread libopenblas-dev libblis-dev libeigen3-dev python3)
      ;;
    avx512) packages+=(bochs bochs-term vgabios cpio binutils gcc libc6-dev) ;;
    *)
      echo "unknown group '$group'; expected build, data, test, ci, peers or avx512" >&2
      exit 2
      ;;
  esac
done

missing=()
installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
for package in "${packages[@]}"; do
  grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

if ((EUID != 0)); then
  echo "These packages are missing: ${missing[*]}" >&2
  echo "Run this as root, or first: apt-get install ${missing[*]}" >&2
  exit 1
fi

echo "Installing ${missing[*]} ..."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# An old list of packages is good enough when the update fails; if it is not, the installation says so.
apt-get -q update </dev/null >"$log" 2>&1 || true
if ! apt-get -q -y --no-install-recommends install "${missing[@]}" </dev/null >>"$log" 2>&1; then
  cat "$log" >&2
  echo "Could not install: ${missing[*]}" >&2
  exit 1
fi
