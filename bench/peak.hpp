// The limits of this machine, measured when they are asked for, so that a bench can say which fraction of them it
// reaches.
#pragma once

namespace treadle::bench {

/// Most float32 operations a second on one core with the active instruction set; a fused multiply-add counts as two.
double peak_flops();

}  // namespace treadle::bench
