#include "peers/gemm_peers.hpp"

#include <utility>

namespace treadle::bench {
namespace {

std::vector<GemmPeer>& all() {
  static std::vector<GemmPeer> peers;
  return peers;
}

}  // namespace

const std::vector<GemmPeer>& gemm_peers() { return all(); }

bool add_gemm_peer(GemmPeer peer) { return all().push_back(std::move(peer)), true; }

}  // namespace treadle::bench
