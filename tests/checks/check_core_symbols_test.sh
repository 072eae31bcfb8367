#!/bin/bash
# check_core_symbols_test.sh COMPILER: heap, exceptions, RTTI and functions from elsewhere are found; memcpy and what
# another object of the library has are not.
set -euo pipefail
check=$(dirname "$(readlink -f "$0")")/../../scripts/check_core_symbols.sh
compiler=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

library_of() {  # file, text: a library with this object and one other
  echo "$2" >"$1.cpp"
  echo 'int own() { return 1; }' >other.cpp
  for file in "$1" other; do "$compiler" -std=c++20 -O1 -c "$file.cpp" -o "$file.cpp.o"; done
  rm -f library.a
  ar rc library.a "$1.cpp.o" other.cpp.o
}
refuse() {  # what, file, text
  library_of "${@:2}"
  if "$check" library.a; then echo "$1 was accepted"; exit 1; fi
}

library_of dense 'int own(); extern "C" void* memcpy(void*, const void*, unsigned long);
                  int use(char* a, char* b, unsigned long n) { memcpy(a, b, n); return own(); }'
"$check" library.a
refuse "the heap" dense 'int* use() { return new int; }'
refuse "malloc" dense 'extern "C" void* malloc(unsigned long); void* use() { return malloc(8); }'
refuse "an exception" dense 'void use() { throw 1; }'
refuse "RTTI" dense 'struct A { virtual void f(); }; struct B : A { void f(); }; B* use(A* a) { return dynamic_cast<B*>(a); }'
refuse "typeinfo" dense 'struct A { virtual void f(); }; void A::f() {}'
refuse "a function of another library" dense 'int strange(); int use() { return strange(); }'
refuse "a lock for a static" dense 'int own(); int use() { static int once = own(); return once; }'
echo "found what it has to find"
