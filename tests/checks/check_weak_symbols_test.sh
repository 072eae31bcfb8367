#!/bin/bash
# check_weak_symbols_test.sh COMPILER: an inline function in the object of an instruction set is found, unless it is
# a template over that instruction set.
set -euo pipefail
check=$(dirname "$(readlink -f "$0")")/../../scripts/check_weak_symbols.sh
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

library_of() {  # file, text: a library with this one object
  echo "$2" >"$1.cpp"
  "$compiler" -std=c++20 -O0 -c "$1.cpp" -o "$1.cpp.o"
  rm -f library.a
  ar rc library.a "$1.cpp.o"
}
compiler=$1

kernel='namespace treadle::simd { struct Avx2 {}; struct Scalar {}; }
template <class S> void kernel() {}
static void local() {}'
library_of avx2 "$kernel void use() { local(); kernel<treadle::simd::Avx2>(); }"
"$check" library.a
library_of avx2 "$kernel inline int shared() { return 1; } int use() { return shared(); }"
if "$check" library.a; then echo "an inline function was accepted"; exit 1; fi
library_of avx2 "$kernel void use() { kernel<treadle::simd::Scalar>(); }"
if "$check" library.a; then echo "another instruction set's function was accepted"; exit 1; fi
library_of avx2 "inline int number = 1; template <class T> struct Box { static inline T value; }; int* use() { return &Box<int>::value; }"
if "$check" library.a; then echo "an inline variable was accepted"; exit 1; fi
library_of other "inline int shared() { return 1; } int use() { return shared(); }"
if "$check" library.a; then echo "a library without instruction sets was accepted"; exit 1; fi
echo "found what it has to find"
