# 32-bit ARMv7 with NEON, VFPv4 and Linux: Raspberry Pi 2, BeagleBone (whose Cortex-A8 lacks VFPv4 and takes the scalar
# kernels). Compiler, emulator and libraries are Debian's: scripts/install_dependencies.sh armhf.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR armv7l)
set(CMAKE_CXX_COMPILER arm-linux-gnueabihf-g++)

# See aarch64-linux-gnu.cmake.
set(CMAKE_LIBRARY_ARCHITECTURE arm-linux-gnueabihf)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/arm-linux-gnueabihf/pkgconfig:/usr/share/pkgconfig)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-arm -L / -cpu cortex-a7)
