# What the toolchain files for boards with Linux share; each sets CMAKE_SYSTEM_PROCESSOR, `architecture` (the GNU name) and
# `emulator` before it includes this. Compiler, emulator and libraries are Debian's.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER ${architecture}-g++)

# Libraries lie beside this machine's own, in a folder named after the architecture. -L / has the emulator take the
# system's C library there, and not the one that comes with the compiler, in which programs with threads hang.
set(CMAKE_LIBRARY_ARCHITECTURE ${architecture})
set(ENV{PKG_CONFIG_LIBDIR} /usr/lib/${architecture}/pkgconfig:/usr/share/pkgconfig)
set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator})
