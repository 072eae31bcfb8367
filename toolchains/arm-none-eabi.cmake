# What the Cortex-M toolchain files share; each sets `cpu` (for -mcpu=) and `TREADLE_BOARD`, the emulated board that runs
# its tests, before it includes this. Compiler and emulator are Debian's: scripts/install_dependencies.sh firmware.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_CXX_COMPILER arm-none-eabi-g++)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)  # a program needs a board
set(CMAKE_CXX_FLAGS_INIT "-mcpu=${cpu} -mthumb -mfloat-abi=hard -ffunction-sections -fdata-sections")
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-system-arm -M ${TREADLE_BOARD} -display none -monitor none -serial none
    -semihosting-config enable=on,target=native -kernel)
