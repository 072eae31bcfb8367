// Reads the tensors that the scripts in tests/vectors made with PyTorch.
#pragma once

#include <string>
#include <vector>

namespace treadle::test {}
