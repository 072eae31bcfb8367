// What an optimizer counts.
#pragma once

namespace treadle::optimizers {

struct Progress {
  // beta1^t and beta2^t after t iterations, multiplied up one by one: libm's pow differs between machines.
  double beta1_power = 1.0;
  double beta2_power = 1.0;
};

}  // namespace treadle::optimizers
