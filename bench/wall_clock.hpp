// Rates over wall time without Google Benchmark's UseRealTime(), which would add to the bench's name.
#pragma once

#include <chrono>

namespace treadle::bench {

class WallClock {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace treadle::bench
