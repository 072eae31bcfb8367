// What every optimizer's file answers:
//
//   Result<void> check(const O&);                            whether its numbers are in range; an error names one
//   Update update(const O&, BufferId values, std::size_t elements, Recorder&);
//                                                            the rule for a block of parameters, and asks for its state
//   Work work(const O&);                                     what it costs a parameter, without reading its gradient
//   std::span<const std::string_view> state_names(const O&);
//                                                            of the blocks that update() asks for, in that order
//   void advance(const O&, OptimizerProgress&);              counts an iteration, before its update
#pragma once

#include <treadle/optimizers.hpp>
#include <treadle/result.hpp>

#include <cstddef>
#include <span>
#include <string_view>

#include "calls/recorder.hpp"
#include "calls/update.hpp"

namespace treadle::optimizers {

/// An error unless `accepted`: "Adam: beta1: expected a number in [0, 1)".
inline Result<void> expect(bool accepted, std::string_view optimizer, std::string_view number,
                           std::string_view range) noexcept {
  if (accepted) return {};
  return Error{ErrorCode::invalid_argument, Message{optimizer} << ": " << number << ": expected a number " << range};
}

constexpr bool is_positive(float x) noexcept { return x > 0.0f && x <= __FLT_MAX__; }
constexpr bool is_not_negative(float x) noexcept { return x >= 0.0f && x <= __FLT_MAX__; }
constexpr bool is_fraction(float x) noexcept { return x >= 0.0f && x < 1.0f; }

}  // namespace treadle::optimizers
