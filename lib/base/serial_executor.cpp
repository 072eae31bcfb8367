#include <treadle/executor.hpp>

namespace treadle {
namespace {

class SerialExecutor final : public Executor {
 public:
  std::size_t threads() const noexcept override { return 1; }
  void run(std::size_t tiles, Body body, void* context) noexcept override {
    for (std::size_t tile = 0; tile < tiles; ++tile) body(context, tile);
  }
};

constinit SerialExecutor the_serial_executor;

}  // namespace

Executor& serial_executor() noexcept { return the_serial_executor; }

}  // namespace treadle
