// The table of a sweep: a row for each size, with the columns for which there is anything to say.
#pragma once

#include <string>
#include <vector>

#include "sweep_page.hpp"

namespace treadle::tool {

/// The head, a row for each result, and one for each size that does not fit.
std::vector<std::vector<std::string>> sweep_table(const Sweep& sweep);

}  // namespace treadle::tool
