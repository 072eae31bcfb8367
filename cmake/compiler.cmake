# Flags for every target of this project.
if(PROJECT_IS_TOP_LEVEL)
  if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
    set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
  endif()
  # Assertions stay on in every build but Release and MinSizeRel, so that sanitizers see them too, and these need lines, not values.
  if(TREADLE_SANITIZE)
    set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O1 -g1")
  else()
    set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g")
  endif()
endif()

# What all targets of this project share. It is not installed: users choose their own warnings.
add_library(treadle_flags INTERFACE)
target_compile_features(treadle_flags INTERFACE cxx_std_20)
target_compile_options(treadle_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # The same bits everywhere: no contraction, no fast math. fma is written as fma.
  -ffp-contract=off -fno-fast-math
  # The same library from any folder: no path of this machine in assertions or debug information.
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
target_compile_definitions(treadle_flags INTERFACE $<$<NOT:$<CONFIG:Release,MinSizeRel>>:_GLIBCXX_ASSERTIONS>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_SYSTEM_PROCESSOR MATCHES "^arm" AND NOT CMAKE_SYSTEM_NAME STREQUAL "Generic")
  target_compile_options(treadle_flags INTERFACE -Wno-psabi)  # thousands of notes on how GCC 6 passed iterators
endif()
# Another order of the same instructions: it runs on every processor of the architecture, to the same bits.
if(TREADLE_TUNE)
  target_compile_options(treadle_flags INTERFACE -mtune=${TREADLE_TUNE})
endif()
if(TREADLE_WARNINGS_AS_ERRORS)
  target_compile_options(treadle_flags INTERFACE -Werror)
endif()
if(TREADLE_SANITIZE)
  target_compile_options(treadle_flags INTERFACE -fsanitize=${TREADLE_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all
                         # The core is compiled without RTTI, which this check needs.
                         -fno-sanitize=vptr)
  target_link_options(treadle_flags INTERFACE -fsanitize=${TREADLE_SANITIZE})
endif()
# For the files of one instruction set. Watching the stack frames of unrolled register tiles, which hold no array that
# outlives a register, takes the compiler ten times as long as all other checks together.
set(TREADLE_ISA_SANITIZE_FLAGS "")
if(TREADLE_SANITIZE MATCHES "address")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    set(TREADLE_ISA_SANITIZE_FLAGS --param=asan-stack=0)
  else()
    set(TREADLE_ISA_SANITIZE_FLAGS -mllvm -asan-stack=0)
  endif()
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
if(NOT CMAKE_SYSTEM_NAME STREQUAL "Generic")  # firmware runs where it was linked for
  set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
