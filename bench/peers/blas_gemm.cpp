// OpenBLAS and BLIS (Debian packages libopenblas0-pthread, libblis4-openmp). Both export cblas_sgemm, so each is loaded
// for itself when the program starts.
#include <dlfcn.h>

#include "peers/gemm_peers.hpp"

namespace treadle::bench {
namespace {

// The C interface of BLAS, as both libraries declare it.
constexpr int row_major = 101, plain = 111, transposed = 112;
using Sgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float* a,
                       int a_stride, const float* b, int b_stride, float beta, float* c, int c_stride);

/// cblas_sgemm of a shared library, held to one thread; null if it is not installed.
template <class Count>
Sgemm load(const char* library, const char* set_threads) {
  void* handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return nullptr;
  if (void* set = dlsym(handle, set_threads)) reinterpret_cast<void (*)(Count)>(set)(1);
  return reinterpret_cast<Sgemm>(dlsym(handle, "cblas_sgemm"));
}

void multiply(Sgemm sgemm, const MatrixProduct& p, const float* a, const float* b, float* c) {
  sgemm(row_major, p.transpose_a ? transposed : plain, p.transpose_b ? transposed : plain, p.m, p.n, p.k, 1, a,
        p.transpose_a ? p.m : p.k, b, p.transpose_b ? p.k : p.n, 0, c, p.n);
}

const Sgemm openblas = load<int>("libopenblas.so.0", "openblas_set_num_threads");
const Sgemm blis = load<long>("libblis.so.4", "bli_thread_set_num_threads");

void multiply_by_openblas(const MatrixProduct& p, const float* a, const float* b, float* c) {
  multiply(openblas, p, a, b, c);
}

void multiply_by_blis(const MatrixProduct& p, const float* a, const float* b, float* c) { multiply(blis, p, a, b, c); }

[[maybe_unused]] const bool added[] = {
    openblas != nullptr && add_gemm_peer({"openblas", multiply_by_openblas}),
    blis != nullptr&& add_gemm_peer({"blis", multiply_by_blis}),
};

}  // namespace
}  // namespace treadle::bench
