// What --normalize learnt, beside the checkpoints of a run: going on takes no pass over the data.
#pragma once

#include <treadle/model.hpp>
#include <treadle/source.hpp>
#include <treadle/training.hpp>

#include <optional>
#include <string>

namespace treadle::tool {

/// What was kept in `folder`, of checkpoints, for this method and these training data; nothing if that cannot be read,
/// is damaged or of others. A checkpoint knows whether it is its own.
std::optional<Normalization> kept_normalization(const std::string& folder, NormalizationMethod method,
                                                const data::Samples& train);

/// Keeps it there, if it can: otherwise it is learnt again.
void keep_normalization(const std::string& folder, NormalizationMethod method, const data::Samples& train,
                        const Normalization& normalization);

}  // namespace treadle::tool
