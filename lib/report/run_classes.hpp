// What a page says of the classes of a run.
#pragma once

#include <treadle/page.hpp>
#include <treadle/run_report.hpp>

namespace treadle::reporting {

/// The confusion matrix, or what is largest in it, and precision and recall by class.
void add_classes(Page& page, const RunRecord& run);

}  // namespace treadle::reporting
