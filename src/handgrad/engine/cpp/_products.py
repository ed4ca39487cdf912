"""The C++ that every program begins with: matrix products and transposes of fixed sizes, and the functions of a number."""

PRELUDE = r"""
#include <cmath>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#if __GLIBC_PREREQ(2, 35)  // its vector library has these, right to 4 units in the last place
#define VECTOR_FUNCTION __attribute__((simd("notinbranch")))
extern "C" {
VECTOR_FUNCTION float expf(float) noexcept;
VECTOR_FUNCTION float logf(float) noexcept;
VECTOR_FUNCTION float tanhf(float) noexcept;
VECTOR_FUNCTION float coshf(float) noexcept;
VECTOR_FUNCTION double exp(double) noexcept;
VECTOR_FUNCTION double log(double) noexcept;
VECTOR_FUNCTION double tanh(double) noexcept;
VECTOR_FUNCTION double cosh(double) noexcept;
}
#endif
#endif

namespace {

inline float exp_of(float x) { return expf(x); }
inline float log_of(float x) { return logf(x); }
inline float tanh_of(float x) { return tanhf(x); }
inline float cosh_of(float x) { return coshf(x); }
inline double exp_of(double x) { return exp(x); }
inline double log_of(double x) { return log(x); }
inline double tanh_of(double x) { return tanh(x); }
inline double cosh_of(double x) { return cosh(x); }
template <typename T> inline T larger(T a, T b) { return a > b || a != a ? a : b; }   // NaN stays
template <typename T> inline T smaller(T a, T b) { return a < b || a != a ? a : b; }

#if defined(__AVX512F__)
constexpr int BYTES = 64, ROWS = 6, COLUMNS = 4;  // of a tile of sums that fits the registers
#elif defined(__AVX__)
constexpr int BYTES = 32, ROWS = 6, COLUMNS = 2;
#else
constexpr int BYTES = 16, ROWS = 6, COLUMNS = 2;
#endif

template <typename T, int V> struct Vector {
  typedef T type __attribute__((vector_size(V * sizeof(T)), aligned(sizeof(T)), may_alias));
};

// c[r, :] = sum over k of a[r, k] b[k, :], for R rows and C vectors of V columns.
template <typename T, int K, int R, int C, int V>
inline void tile(const T* a, int64_t a_row, int64_t a_k, const T* b, int64_t b_k, T* c, int64_t c_row) {
  using vector = typename Vector<T, V>::type;
  vector sums[R][C] = {};
  for (int64_t k = 0; k < K; ++k) {
    vector across[C];
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) across[j] = *reinterpret_cast<const vector*>(b + k * b_k + j * V);
#pragma GCC unroll 8
    for (int r = 0; r < R; ++r) {
      const T down = a[r * a_row + k * a_k];
#pragma GCC unroll 8
      for (int j = 0; j < C; ++j) sums[r][j] += down * across[j];
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) *reinterpret_cast<vector*>(c + r * c_row + j * V) = sums[r][j];
}

template <typename T, int M, int K, int C, int V>
inline void columns(const T* a, int64_t a_row, int64_t a_k, const T* b, int64_t b_k, T* c, int64_t c_row) {
  for (int64_t r = 0; r + ROWS <= M; r += ROWS)
    tile<T, K, ROWS, C, V>(a + r * a_row, a_row, a_k, b, b_k, c + r * c_row, c_row);
  constexpr int rest = M % ROWS;
  if constexpr (rest > 0)
    tile<T, K, rest, C, V>(a + (M - rest) * a_row, a_row, a_k, b, b_k, c + (M - rest) * c_row, c_row);
}

// c = a b for a of (M, K) with any strides, b of (K, N) and c of (M, N) with rows in one piece.
template <typename T, int M, int N, int K, int V = BYTES / sizeof(T)>
inline void product(const T* a, int64_t a_row, int64_t a_k, const T* b, int64_t b_k, T* c, int64_t c_row) {
  constexpr int wide = N / (COLUMNS * V), rest = N % (COLUMNS * V), vectors = rest / V, narrow = rest % V;
  for (int64_t j = 0; j < wide; ++j)
    columns<T, M, K, COLUMNS, V>(a, a_row, a_k, b + j * COLUMNS * V, b_k, c + j * COLUMNS * V, c_row);
  constexpr int done = wide * COLUMNS * V;
  if constexpr (vectors > 0) columns<T, M, K, vectors, V>(a, a_row, a_k, b + done, b_k, c + done, c_row);
  if constexpr (narrow > 0)
    product<T, M, narrow, K, V / 2>(a, a_row, a_k, b + (N - narrow), b_k, c + (N - narrow), c_row);
}

// out[j, i] = in[i, j] for i < M, j < N.
template <typename T, int M, int N> inline void transpose(const T* in, int64_t in_row, T* out) {
  for (int64_t j = 0; j < N; ++j)
#pragma GCC ivdep
    for (int64_t i = 0; i < M; ++i) out[j * M + i] = in[i * in_row + j];
}

}  // namespace
"""
