# cmake -D way=install|find_package|pkg-config|add_subdirectory ... -P run.cmake: see CMakeLists.txt.
cmake_minimum_required(VERSION 3.25)
set(prefix ${folder}/prefix)
set(consumer ${CMAKE_CURRENT_LIST_DIR}/consumer)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

function(expect_files)
  foreach(file ${ARGV})
    if(NOT EXISTS ${file})
      message(FATAL_ERROR "not installed: ${file}")
    endif()
  endforeach()
endfunction()

# Configures, builds and runs the consumer with CMake.
function(use_with_cmake)
  file(REMOVE_RECURSE ${folder}/${way})
  run(${CMAKE_COMMAND} -S ${consumer} -B ${folder}/${way} -G ${generator} -D CMAKE_CXX_COMPILER=${compiler}
      -D CMAKE_BUILD_TYPE=Debug -D TREADLE_WITH_TBB=${with_tbb} ${ARGV})
  run(${CMAKE_COMMAND} --build ${folder}/${way})
  run(${folder}/${way}/consumer)
  run(${folder}/${way}/core_consumer)
endfunction()

if(way STREQUAL install)
  # Into one prefix, then moved to another: nothing may remember where it was.
  file(REMOVE_RECURSE ${folder}/elsewhere ${prefix})
  run(${CMAKE_COMMAND} --install ${build} --prefix ${folder}/elsewhere)
  file(RENAME ${folder}/elsewhere ${prefix})
  file(GLOB headers RELATIVE ${source}/include ${source}/include/treadle/*.hpp)
  list(TRANSFORM headers PREPEND ${prefix}/${includedir}/)
  expect_files(${headers} ${prefix}/${docdir}/LICENSE ${prefix}/${docdir}/README.md ${prefix}/bin/treadle)
elseif(way STREQUAL find_package)
  use_with_cmake(-D CMAKE_PREFIX_PATH=${prefix})
elseif(way STREQUAL add_subdirectory)
  use_with_cmake(-D CONSUMER_TREADLE_SOURCE=${source} -D TREADLE_ISAS=scalar -D CMAKE_UNITY_BUILD=ON
                 -D CMAKE_UNITY_BUILD_BATCH_SIZE=16)
elseif(way STREQUAL pkg-config)
  set(ENV{PKG_CONFIG_PATH} ${prefix}/${libdir}/pkgconfig)
  foreach(program consumer core_consumer)
    set(package treadle)
    set(flags "")
    if(program STREQUAL core_consumer)
      set(package treadle-core)
      set(flags -fno-exceptions -fno-rtti)
    endif()
    execute_process(COMMAND pkg-config --cflags --libs ${package} OUTPUT_VARIABLE package_flags
                    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    separate_arguments(package_flags UNIX_COMMAND "${package_flags}")
    run(${compiler} -std=c++20 ${flags} ${consumer}/${program}.cpp -o ${folder}/pkg-config-${program}
        ${package_flags})
    run(${folder}/pkg-config-${program})
  endforeach()
else()
  message(FATAL_ERROR "unknown way '${way}'")
endif()
