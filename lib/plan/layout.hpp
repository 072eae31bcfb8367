// Lays a program out in memory: how much it needs, which micro-batch fits.
#pragma once

#include <treadle/target.hpp>

#include <cstddef>
#include <span>

#include "plan/program.hpp"
#include "plan/request.hpp"

namespace treadle::plan_detail {

/// What the parts of a program take on this machine.
PlanSizes own_plan_sizes() noexcept;

/// Bytes of the program itself with its arrays of calls and buffers: the same for every micro-batch.
Result<std::size_t> program_bytes(const Request& request) noexcept;

/// Plans at the front of `memory`, which must have program_bytes() at least, and places the buffers behind. The
/// micro-batch is the requested one, or the largest that keeps the total within `limit`. Nothing behind the program is
/// touched.
Result<Program*> lay_out(const Request& request, std::span<std::byte> memory, std::size_t limit) noexcept;

/// The same for a machine whose program takes `sizes`. That program is not to run here: `memory` holds no more than its
/// lists.
Result<Program*> lay_out_for(const Request& request, const PlanSizes& sizes, std::span<std::byte> memory,
                             std::size_t limit) noexcept;

/// Makes a laid-out program ready to run: addresses, zeros, the model's parameters. `memory` must have the total's
/// bytes.
void activate(const Request& request, Program& program, std::span<std::byte> memory) noexcept;

}  // namespace treadle::plan_detail
