// The charts of a sweep: what it measured over the batch sizes, and accuracy over time.
#pragma once

#include <treadle/chart.hpp>

#include <vector>

#include "sweep_page.hpp"

namespace treadle::tool {

std::vector<reporting::LineChart> sweep_charts(const Sweep& sweep);

}  // namespace treadle::tool
