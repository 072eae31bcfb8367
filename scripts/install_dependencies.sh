#!/bin/bash
# install_dependencies.sh GROUP...: installs the Debian 12 packages of these groups that are missing. Says nothing and
# takes no time when all are there; never asks.
#   build  compiler, build tools and the libraries that Treadle uses
#   data   the data set of the demo
#   test   what the tests need beyond that
#   ci     other compilers, emulators and checkers
#   coverage  what scripts/coverage.sh needs
#   peers  the libraries that the benches compare with
#   avx512 an emulator of a CPU with AVX-512, for machines without
#   arm64, armhf  cross compiler and emulator for 64-bit and 32-bit ARM boards with Linux, and their libraries in build/sysroot
#   firmware  cross compiler and emulator for Cortex-M
#   browser  a browser without a window, for scripts/check_report.sh (300 MB)
set -euo pipefail

# cross ARCHITECTURE COMPILER: what building and testing for a board takes.
cross() {
  sysroots+=("$1")
  packages+=("$2" cmake ninja-build qemu-user)
}

# install_missing: installs the packages in `missing`.
install_missing() {
  if ((EUID != 0)); then
    echo "These packages are missing: ${missing[*]}" >&2
    echo "Run this as root, or first: apt-get install ${missing[*]}" >&2
    return 1
  fi
  echo "Installing ${missing[*]} ..."
  local log
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  # An old list of packages is good enough when the update fails; if it is not, the installation says so.
  apt-get -q update </dev/null >"$log" 2>&1 || true
  if ! apt-get -q -y --no-install-recommends install "${missing[@]}" </dev/null >>"$log" 2>&1; then
    cat "$log" >&2
    echo "Could not install: ${missing[*]}" >&2
    return 1
  fi
  rm "$log"
}

packages=() sysroots=()
for group in "$@"; do
  case $group in
    build) packages+=(g++ cmake ninja-build libxsimd-dev libtbb-dev zlib1g-dev libpng-dev libjpeg62-turbo-dev libxxhash-dev
      libcli11-dev nlohmann-json3-dev) ;;
    browser) packages+=(chromium fonts-dejavu-core) ;;
    data) packages+=(dataset-fashion-mnist) ;;
    test) packages+=(doctest-dev librapidcheck-dev libbenchmark-dev pkg-config python3) ;;
    ci) packages+=(clang libclang-rt-14-dev clang-format-14 qemu-user) ;;
    coverage) packages+=(clang libclang-rt-14-dev llvm python3) ;;
    peers)
      packages+=(libdnnl-dev libtorch-dev libopenblas0-pthread libopenblas-dev libblis-dev libeigen3-dev python3)
      ;;
    avx512) packages+=(bochs bochs-term vgabios cpio binutils gcc libc6-dev) ;;
    arm64) cross arm64 g++-aarch64-linux-gnu && packages+=(llvm) ;;
    armhf) cross armhf g++-arm-linux-gnueabihf ;;
    firmware)
      packages+=(gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib cmake ninja-build qemu-system-arm)
      ;;
    *)
      echo "unknown group '$group'; expected build, data, test, ci, coverage, peers, avx512, arm64, armhf, firmware or browser" >&2
      exit 2
      ;;
  esac
done

missing=()
native=$(dpkg --print-architecture)
installed=$(dpkg-query -W -f '${Package}:${Architecture} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true)
for package in "${packages[@]}"; do
  grep -qxF -e "$package installed" -e "$package:$native installed" -e "$package:all installed" <<<"$installed" ||
    missing+=("$package")
done
if ((${#missing[@]})); then install_missing; fi
for architecture in "${sysroots[@]}"; do "$(dirname "$0")/make_sysroot.sh" "$architecture"; done
