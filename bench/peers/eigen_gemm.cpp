// Eigen (Debian package libeigen3-dev), compiled for one processor like everything that is made of headers alone.
#include <Eigen/Core>

#include "peers/gemm_peers.hpp"

namespace treadle::bench {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

void multiply(const MatrixProduct& p, const float* a, const float* b, float* c) {
  const Eigen::Map<const Matrix> left(a, p.transpose_a ? p.k : p.m, p.transpose_a ? p.m : p.k);
  const Eigen::Map<const Matrix> right(b, p.transpose_b ? p.n : p.k, p.transpose_b ? p.k : p.n);
  Eigen::Map<Matrix> out(c, p.m, p.n);
  if (p.transpose_a && p.transpose_b)
    out.noalias() = left.transpose() * right.transpose();
  else if (p.transpose_a)
    out.noalias() = left.transpose() * right;
  else if (p.transpose_b)
    out.noalias() = left * right.transpose();
  else
    out.noalias() = left * right;
}

[[maybe_unused]] const bool added = add_gemm_peer({"eigen", multiply});

}  // namespace
}  // namespace treadle::bench
