# cmake -D way=find_package|add_subdirectory -D source= -D build= -D folder= -D toolchain= -D generator= -D emulator=
#   -P use_treadle.cmake: a user's firmware takes Treadle in, is built and runs on the emulated board.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()

file(REMOVE_RECURSE ${folder})
if(way STREQUAL find_package)
  run(${CMAKE_COMMAND} --install ${build} --prefix ${folder}/prefix)
  # Not CMAKE_PREFIX_PATH: one may look for packages of the PC there.
  set(treadle -D Treadle_ROOT=${folder}/prefix)
else()
  set(treadle -D CONSUMER_TREADLE_SOURCE=${source} -D CMAKE_UNITY_BUILD=ON -D CMAKE_UNITY_BUILD_BATCH_SIZE=16)
endif()
run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${folder}/build -G ${generator} --toolchain ${toolchain}
    -D CMAKE_BUILD_TYPE=MinSizeRel -D CONSUMER_BOARD=${source}/examples/firmware/board ${treadle})
run(${CMAKE_COMMAND} --build ${folder}/build)
run(${emulator} ${folder}/build/consumer)
