// Gives every buffer its offset.
#pragma once

#include <cstddef>
#include <span>

#include "calls/recorder.hpp"
#include "plan/program.hpp"

namespace treadle::plan_detail {

/// Sorts the calls by phase, each phase in the order of recording, and notes where each phase begins.
void sort_by_phase(Program& program) noexcept;

/// Notes for each buffer the first and the last call that names it. The model's output is needed to the end when
/// `keep_output`.
void find_lifetimes(Program& program, bool keep_output) noexcept;

/// The bytes that no placement can go below: everything that lasts, and the most that is alive at one call. `begin` is
/// where the buffers start. Needs the lifetimes.
base::CheckedSize least_bytes(std::size_t begin, const Program& program) noexcept;

/// Places what lasts one after another from `begin`, then the others by size, largest first, each at the lowest offset
/// where nothing that is alive at the same time lies. Fills program.memory (all but the plan's own bytes) and gives the
/// end.
base::CheckedSize place_buffers(std::size_t begin, Program& program) noexcept;

}  // namespace treadle::plan_detail
