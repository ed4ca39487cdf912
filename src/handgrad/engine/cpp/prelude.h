// What every program begins with: functions of a number, and matrix products and transposes of fixed sizes.

#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

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
constexpr int BYTES = 64, SUMS = 24;  // of a vector register; and how many of them may hold sums
#elif defined(__AVX__)
constexpr int BYTES = 32, SUMS = 12;
#else
constexpr int BYTES = 16, SUMS = 12;
#endif

template <typename T, int V> struct Vector {
  typedef T type __attribute__((vector_size(V * sizeof(T)), aligned(sizeof(T)), may_alias));
};

constexpr int lanes(int columns, int most) { return columns > most / 2 ? most : lanes(columns, most / 2); }

template <typename T> const T one = 1;

// Long sums are sums of sums of PIECE terms each, which rounds less, and lets a panel of the second factor stay in the cache.
constexpr int64_t PIECE = 512;

// out[j, i] = in[i, j] for i < rows, j < columns.
template <typename T> inline void transpose(const T* in, int64_t in_row, T* out, int64_t out_row, int rows, int columns) {
  for (int64_t j = 0; j < columns; ++j)
    for (int64_t i = 0; i < rows; ++i) out[j * out_row + i] = in[i * in_row + j];
}

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define HAS_SHUFFLES
#endif
#endif

template <typename T> inline void transpose_8_by_8(const T* in, int64_t in_row, T* out, int64_t out_row) {
#ifdef HAS_SHUFFLES
  using vector = typename Vector<T, 8>::type;
  vector r[8], s[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) r[i] = *reinterpret_cast<const vector*>(in + i * in_row);
#pragma GCC unroll 8
  for (int i = 0; i < 8; i += 2) {
    s[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
    s[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i)
    if (i % 4 < 2) {
      r[i] = __builtin_shufflevector(s[i], s[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
      r[i + 2] = __builtin_shufflevector(s[i], s[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    }
#pragma GCC unroll 8
  for (int i = 0; i < 4; ++i) {
    *reinterpret_cast<vector*>(out + i * out_row) = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    *reinterpret_cast<vector*>(out + (i + 4) * out_row) = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
#else
  transpose(in, in_row, out, out_row, 8, 8);
#endif
}

// The transpose of ``in`` (width, K), in one piece.
template <typename T> inline void pack(const T* in, int64_t in_row, T* out, int width, int64_t K) {
  int64_t i = 0;
  for (; i + 8 <= width; i += 8) {
    int64_t k = 0;
    for (; k + 8 <= K; k += 8) transpose_8_by_8(in + i * in_row + k, in_row, out + k * width + i, width);
    transpose(in + i * in_row + k, in_row, out + k * width + i, width, 8, K - k);
  }
  transpose(in + i * in_row, in_row, out + i, width, width - i, K);
}

// c[r, :] = sum over k < K of a[r, k] b[k, :], for R rows and C vectors of V columns, of the last one only L; unless it is the first
// piece of a long sum, added to what c is.
template <typename T, int R, int C, int V, int L>
inline void tile(const T* a, int64_t a_row, int64_t a_k, const T* b, int64_t b_k, T* c, int64_t c_row, int64_t K, bool first) {
  using vector = typename Vector<T, V>::type;
  vector sums[R][C] = {};
  const auto add = [&](int64_t k, auto whole) {
    vector across[C] = {};
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) {
      const T* from = b + k * b_k + j * V;
      if (whole || j < C - 1) across[j] = *reinterpret_cast<const vector*>(from);
      else std::memcpy(&across[j], from, L * sizeof(T));
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const T down = a[r * a_row + k * a_k];
#pragma GCC unroll 8
      for (int j = 0; j < C; ++j) sums[r][j] += down * across[j];
    }
  };
  // A last vector reads on into the next rows of b, if there are some: what it finds there goes to lanes that nobody stores.
  const int64_t safe = L == V ? K : K - (V - L + b_k - 1) / b_k;
  int64_t k = 0;
  for (; k < safe; ++k) add(k, std::true_type{});
  for (; k < K; ++k) add(k, std::false_type{});
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int j = 0; j < C; ++j) {
      constexpr auto size = [](int of) { return (of < C - 1 ? V : L) * sizeof(T); };
      vector before = {};
      if (!first) std::memcpy(&before, c + r * c_row + j * V, size(j));
      sums[r][j] += before;
      std::memcpy(c + r * c_row + j * V, &sums[r][j], size(j));
    }
}

template <typename T, int M, int C, int V, int L>
inline void columns(const T* a, int64_t a_row, int64_t a_k, const T* b, int64_t b_k, T* c, int64_t c_row, int64_t K, bool first) {
  constexpr int R = SUMS / C < 12 ? SUMS / C : 12, rest = M % R;
  for (int64_t r = 0; r + R <= M; r += R)
    tile<T, R, C, V, L>(a + r * a_row, a_row, a_k, b, b_k, c + r * c_row, c_row, K, first);
  if constexpr (rest > 0)
    tile<T, rest, C, V, L>(a + (M - rest) * a_row, a_row, a_k, b, b_k, c + (M - rest) * c_row, c_row, K, first);
}

template <typename T, int N> struct Panels {  // the columns of b, cut into pieces whose tiles fill the registers
  static constexpr int V = lanes(N, BYTES / sizeof(T)), C = SUMS / 6, width = C * V, done = N / width * width, rest = N - done;
};

// How ``b`` is read: as it lies; from its transpose, or from rows far apart, by way of a panel that stays in the cache.
enum Reading { straight, turned, copied };

template <typename T, int M, int K, Reading how, int C, int V, int L>
inline void panel_product(const T* a, int64_t a_row, int64_t a_k, const T* b, int64_t b_row, T* c, int64_t c_row, T* panel) {
  constexpr int width = (C - 1) * V + L;
  for (int64_t k = 0, terms = 0; k < K; k += terms) {
    terms = K - k < 2 * PIECE ? K - k : PIECE;
    if (how == turned) pack(b + k, b_row, panel, width, terms);
    if (how == copied)
      for (int64_t i = 0; i < terms; ++i) std::memcpy(panel + i * width, b + (k + i) * b_row, width * sizeof(T));
    const T* from = how == straight ? b + k * b_row : panel;
    columns<T, M, C, V, L>(a + k * a_k, a_row, a_k, from, how == straight ? b_row : width, c, c_row, terms, k == 0);
  }
}

// c = a b for a of (M, K) with any strides and c of (M, N) with rows in one piece. The rows of b of (K, N), or of its transpose if it
// is turned, are ``b_row`` apart. A panel has room for 2 PIECE, or K if that is less, times min(64, N) numbers.
template <typename T, int M, int N, int K, Reading how = straight>
inline void product(
    const T* a, int64_t a_row, int64_t a_k, const T* b, int64_t b_row, T* c, int64_t c_row, T* panel = nullptr) {
  using P = Panels<T, N>;
  const int64_t next = how == turned ? b_row : 1;
  for (int64_t j = 0; j < P::done; j += P::width)
    panel_product<T, M, K, how, P::C, P::V, P::V>(a, a_row, a_k, b + j * next, b_row, c + j, c_row, panel);
  constexpr int vectors = (P::rest + P::V - 1) / P::V;
  if constexpr (vectors > 0)
    panel_product<T, M, K, how, vectors, P::V, P::rest - (vectors - 1) * P::V>(
        a, a_row, a_k, b + P::done * next, b_row, c + P::done, c_row, panel);
}

}  // namespace
