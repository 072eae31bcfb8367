// How training samples are changed anew in each epoch.
#pragma once

#include <treadle/augmentation.hpp>

#include "command_line.hpp"

namespace treadle::tool {

/// --shift, --flip-left-right, --flip-up-down, --rotate, --crop, --cutout, --time-shift, --gain, --noise, --mixup and
/// --fill: the fields of data::Augmentation.
void add_augmentation(CommandLine& line, data::Augmentation& options);

}  // namespace treadle::tool
