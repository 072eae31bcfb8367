#include "peers.hpp"

namespace treadle::bench {

void register_peers(const std::string&, const std::string&, const std::string&, std::size_t, std::size_t) {}

}  // namespace treadle::bench
