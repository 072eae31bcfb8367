# Every option of the build. Developer parts are on by default only when Treadle is the top project.
option(TREADLE_WITH_TBB "Run tiles in parallel with oneTBB; without it threads come from std::thread" ON)
option(TREADLE_WITH_IMAGES "Read folders of PNG and JPEG images with libpng and libjpeg-turbo" ON)
option(TREADLE_CORE_ONLY "Build treadle::core alone: no threads, files or third-party library but xsimd" OFF)
option(TREADLE_BUILD_TOOLS "Build the command-line tool" ${PROJECT_IS_TOP_LEVEL})
option(TREADLE_BUILD_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(TREADLE_BUILD_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(TREADLE_BUILD_BENCHES "Build the benches (needs Google Benchmark)" OFF)
option(TREADLE_BUILD_FUZZERS "Build the libFuzzer targets (needs clang)" OFF)
option(TREADLE_BENCH_PEERS "Build peers beside the benches where their packages are installed" OFF)
option(TREADLE_INSTALL "Make the install target" ${PROJECT_IS_TOP_LEVEL})
option(TREADLE_WARNINGS_AS_ERRORS "Treat warnings as errors" OFF)
set(TREADLE_ISAS "" CACHE STRING
    "Instruction sets to build kernels for, beside scalar (sse2;avx2;avx512); empty: all of the processor's")
set(TREADLE_TUNE "" CACHE STRING
    "Processor whose pipeline instructions are ordered for, as in -mtune= (cortex-a53, cortex-a72, cortex-a76)")
set(TREADLE_SANITIZE "" CACHE STRING "Sanitizers for everything, as in -fsanitize= (address,undefined or thread)")

# Without an operating system there are the core, the firmware example and its tests.
set(left_out "")
if(CMAKE_SYSTEM_NAME STREQUAL "Generic")
  set(TREADLE_CORE_ONLY ON)
  set(left_out TOOLS BENCHES FUZZERS)
elseif(TREADLE_CORE_ONLY)
  set(left_out TOOLS TESTS EXAMPLES BENCHES FUZZERS)
endif()
foreach(part IN LISTS left_out)
  set(TREADLE_BUILD_${part} OFF)
endforeach()
