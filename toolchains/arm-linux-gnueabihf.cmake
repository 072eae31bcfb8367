# 32-bit ARMv7 with NEON, VFPv4 and Linux: Raspberry Pi 2, BeagleBone (whose Cortex-A8 lacks VFPv4 and takes the scalar
# kernels). To install: scripts/install_dependencies.sh armhf.
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(architecture arm-linux-gnueabihf)
set(debian armhf)
set(emulator qemu-arm -cpu cortex-a7)
include(${CMAKE_CURRENT_LIST_DIR}/linux.cmake)
