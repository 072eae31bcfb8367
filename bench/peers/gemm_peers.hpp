// The libraries that a user would otherwise multiply matrices with, measured beside Treadle in the same run.
#pragma once

#include <string>
#include <vector>

namespace treadle::bench {

/// C[m, n] = op(A)[m, k] op(B)[k, n], all row-major without gaps; a transposed operand is stored as [k, m] or [n, k].
struct MatrixProduct {
  bool transpose_a, transpose_b;
  int m, n, k;
};

struct GemmPeer {
  std::string name;
  /// With one thread.
  void (*multiply)(const MatrixProduct&, const float* a, const float* b, float* c);
};

/// The peers that were built in.
const std::vector<GemmPeer>& gemm_peers();

/// For the file of a peer, which initialises a constant with it before main() starts.
bool add_gemm_peer(GemmPeer peer);

}  // namespace treadle::bench
