// oneDNN (Debian package libdnnl-dev).
#include <dnnl.h>
#include <omp.h>

#include "peers/gemm_peers.hpp"

namespace treadle::bench {
namespace {

void multiply(const MatrixProduct& p, const float* a, const float* b, float* c) {
  dnnl_sgemm(p.transpose_a ? 'T' : 'N', p.transpose_b ? 'T' : 'N', p.m, p.n, p.k, 1, a, p.transpose_a ? p.m : p.k, b,
             p.transpose_b ? p.k : p.n, 0, c, p.n);
}

[[maybe_unused]] const bool added = (omp_set_num_threads(1), add_gemm_peer({"onednn", multiply}));

}  // namespace
}  // namespace treadle::bench
