// SIGINT and SIGTERM: what is being done is ended in good order.
#pragma once

#include <atomic>

namespace treadle::tool {

/// From now on SIGINT and SIGTERM set the flag, once: a second one ends the program at once. A limit on the size of
/// files is an error of what is written.
const std::atomic<bool>& catch_interrupts();

/// The signal that set the flag; 0: none yet.
int caught_signal() noexcept;

}  // namespace treadle::tool
