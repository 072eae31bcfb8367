#include "peers/training_peers.hpp"

#include <utility>

namespace treadle::bench {
namespace {

std::vector<TrainingPeer>& all() {
  static std::vector<TrainingPeer> peers;
  return peers;
}

}  // namespace

const std::vector<TrainingPeer>& training_peers() { return all(); }

bool add_training_peer(TrainingPeer peer) { return all().push_back(std::move(peer)), true; }

}  // namespace treadle::bench
