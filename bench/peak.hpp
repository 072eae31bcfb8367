// The limits of this machine, measured when they are asked for, so that a bench can say which fraction of them it
// reaches.
#pragma once

#include <cstddef>

namespace treadle::bench {

/// Most float32 operations a second on one core with the active instruction set; a fused multiply-add counts as two.
double peak_flops();

/// Cycles a second of this core as it runs now, from a chain of integer additions: each waits for the one before and
/// takes one cycle on every processor that this is built for.
double clock_rate();

/// Most bytes a second, read and written together, that one core moves between two arrays of `bytes` / 2 each, by
/// std::memcpy (which may write around the caches) or by relu, which is a copy as far as memory is concerned.
double copy_bandwidth(std::size_t bytes);

}  // namespace treadle::bench
