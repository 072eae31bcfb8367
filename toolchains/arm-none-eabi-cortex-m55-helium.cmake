# Cortex-M55 without an operating system, with the Helium kernels: fast, and outside the same-bits set, since Helium
# flushes subnormal numbers to zero.
set(CMAKE_SYSTEM_PROCESSOR cortex-m55-helium)
set(cpu cortex-m55)
set(TREADLE_BOARD mps3-an547)
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
