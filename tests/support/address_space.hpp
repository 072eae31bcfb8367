// Runs a process short of memory for a while.
#pragma once

#include <sys/resource.h>

#include <cstddef>
#include <fstream>

namespace treadle::test {

/// No more than 2 GiB of addresses as long as it lives: larger allocations fail. Does nothing where that cannot be:
/// with sanitizers, which take terabytes, and in emulators, which pass the limit over.
class AddressSpaceLimit {
 public:
  AddressSpaceLimit() {
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    if (sizeof pages < 8 || pages == 0 || pages > (most >> 13)) return;  // half of it, in pages of 4 KiB
    ::getrlimit(RLIMIT_AS, &before_);
    const rlimit limit{most, before_.rlim_max};
    rlimit now{};
    set_ = ::setrlimit(RLIMIT_AS, &limit) == 0 && ::getrlimit(RLIMIT_AS, &now) == 0 && now.rlim_cur == most;
  }
  AddressSpaceLimit(const AddressSpaceLimit&) = delete;
  AddressSpaceLimit& operator=(const AddressSpaceLimit&) = delete;
  ~AddressSpaceLimit() {
    if (set_) ::setrlimit(RLIMIT_AS, &before_);
  }

  /// Whether it holds.
  bool set() const { return set_; }

 private:
  static constexpr rlim_t most = rlim_t{1} << 31;
  rlimit before_{};
  bool set_ = false;
};

}  // namespace treadle::test
