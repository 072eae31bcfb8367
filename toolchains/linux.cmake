# What the toolchain files for boards with Linux share; each sets CMAKE_SYSTEM_PROCESSOR, `architecture` (the GNU name),
# `debian` (Debian's) and `emulator` (with its processor) before it includes this. Compiler and emulator are Debian's.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_CXX_COMPILER ${architecture}-g++)

# The board's libraries: those of scripts/make_sysroot.sh, or -D CMAKE_SYSROOT= the root of a system for the board.
if(NOT CMAKE_SYSROOT)
  get_filename_component(CMAKE_SYSROOT ${CMAKE_CURRENT_LIST_DIR}/../build/sysroot/${debian} ABSOLUTE)
endif()
if(NOT EXISTS ${CMAKE_SYSROOT})
  message(FATAL_ERROR "${CMAKE_SYSROOT} is missing: run scripts/install_dependencies.sh ${debian}, or say where the board's "
                      "libraries are with -D CMAKE_SYSROOT=")
endif()
foreach(kind LIBRARY INCLUDE PACKAGE)
  set(CMAKE_FIND_ROOT_PATH_MODE_${kind} ONLY)
endforeach()
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_LIBRARY_ARCHITECTURE ${architecture})
# The emulated program takes its C library from there too. Programs with threads hang in the one that comes with the compiler.
list(INSERT emulator 1 -L ${CMAKE_SYSROOT})
set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator})
