# AArch64 with Linux: Raspberry Pi 3, 4 and 5 with a 64-bit system, Jetson, i.MX8. To install:
# scripts/install_dependencies.sh arm64.
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(architecture aarch64-linux-gnu)
set(debian arm64)
set(emulator qemu-aarch64 -cpu cortex-a53)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
