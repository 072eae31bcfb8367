# Flags for every target of this project.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()

# What all targets, also the user's that instantiate our templates, must agree on.
add_library(treadle_flags INTERFACE)
target_compile_features(treadle_flags INTERFACE cxx_std_20)
target_compile_options(treadle_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # The same bits everywhere: no contraction, no fast math. fma is written as fma.
  -ffp-contract=off -fno-fast-math)
if(TREADLE_WARNINGS_AS_ERRORS)
  target_compile_options(treadle_flags INTERFACE -Werror)
endif()
if(TREADLE_SANITIZE)
  target_compile_options(treadle_flags INTERFACE -fsanitize=${TREADLE_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(treadle_flags INTERFACE -fsanitize=${TREADLE_SANITIZE})
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
