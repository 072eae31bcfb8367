# Cortex-M7 with its FPU and no operating system: STM32F7 and H7, i.MX RT.
set(CMAKE_SYSTEM_PROCESSOR cortex-m7)
set(cpu cortex-m7)
set(TREADLE_BOARD mps2-an500)
include(${CMAKE_CURRENT_LIST_DIR}/arm-none-eabi.cmake)
