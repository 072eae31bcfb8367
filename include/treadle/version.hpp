// The library's version, as in its CMake package. The build checks that both agree.
#pragma once

#define TREADLE_VERSION_MAJOR 0
#define TREADLE_VERSION_MINOR 1
#define TREADLE_VERSION_PATCH 0
#define TREADLE_VERSION "0.1.0"
