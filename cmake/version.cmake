# One version: the project's. The header, which users may read without CMake, has to agree.
file(STRINGS ${PROJECT_SOURCE_DIR}/include/treadle/version.hpp version_lines REGEX "^#define TREADLE_VERSION")
set(expected_lines
  "#define TREADLE_VERSION_MAJOR ${PROJECT_VERSION_MAJOR}"
  "#define TREADLE_VERSION_MINOR ${PROJECT_VERSION_MINOR}"
  "#define TREADLE_VERSION_PATCH ${PROJECT_VERSION_PATCH}"
  "#define TREADLE_VERSION \"${PROJECT_VERSION}\"")
if(NOT version_lines STREQUAL expected_lines)
  message(FATAL_ERROR "include/treadle/version.hpp does not say ${PROJECT_VERSION}, the version in CMakeLists.txt")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/treadle/version.hpp)
