// The libraries that a user would otherwise take, measured beside Treadle in the same run.
#pragma once

#include <cstddef>
#include <string>

namespace treadle::bench {

/// Registers the training step of the preset `net` ("mlp" or "cnn") for each peer that was built in, as
/// "<peer>/<name>". `optimizer` is "sgd" (momentum 0.9) or "adam".
void register_peers(const std::string& name, const std::string& net, const std::string& optimizer, std::size_t batch,
                    std::size_t threads);

}  // namespace treadle::bench
