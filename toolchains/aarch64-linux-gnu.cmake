# AArch64 with Linux: Raspberry Pi 3, 4 and 5 with a 64-bit system, Jetson, i.MX8. Compiler, emulator and libraries are
# Debian's: scripts/install_dependencies.sh arm64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

# Libraries lie beside this machine's own, in a folder named after the architecture. -L / has the emulator take the
# system's C library there, and not the one that comes with the compiler, in which programs with threads hang.
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L / -cpu cortex-a53)
