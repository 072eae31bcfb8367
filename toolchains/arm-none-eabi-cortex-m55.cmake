# Cortex-M55 without an operating system, on its scalar FPU: Helium flushes subnormal numbers to zero, which the same
# bits do not allow. Compiler and emulator are Debian's: scripts/install_dependencies.sh firmware.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR cortex-m55)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # a program needs a board
set(CMAKE_CXX_FLAGS_INIT "-mcpu=cortex-m55+nomve -mthumb -mfloat-abi=hard -ffunction-sections -fdata-sections")

set(TREADLE_BOARD mps3-an547)  # the emulated one that runs tests
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M ${TREADLE_BOARD} -display none -monitor none -serial none
    -semihosting-config enable=on,target=native -kernel)
