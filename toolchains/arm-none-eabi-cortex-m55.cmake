# Cortex-M55 without an operating system. All but the Helium kernels runs on its scalar FPU: Helium flushes subnormal
# numbers to zero, which the same bits do not allow.
set(CMAKE_SYSTEM_PROCESSOR cortex-m55)
set(cpu cortex-m55+nomve)
set(TREADLE_BOARD mps3-an547)
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
