// SPDX-License-Identifier: Apache-2.0
#include "cpu/row_loops.hpp"

// AVX2, without fused multiply-adds.

#if defined(__x86_64__)
#define SEQFEAT_ROWS [[gnu::flatten, gnu::target("avx2")]]

namespace seqfeat::cpu {
namespace {

struct Avx2 {
  template <class Gradient>
  SEQFEAT_ROWS static void sum(const RowJob& job, std::int64_t begin, std::int64_t end,
                               GradientsAhead& ahead, float* out) {
    sum_contributions<Gradient>(job, begin, end, ahead, out);
  }
  SEQFEAT_ROWS static void side_by_side(const float* rows, std::int64_t n, std::int64_t pitch,
                                        std::int64_t dim, float* out) {
    sum_side_by_side(rows, n, pitch, dim, out);
  }
  template <OptimizerKind kKind, class Element>
  SEQFEAT_ROWS static void update(const RowJob& job, std::int64_t first, std::int64_t end) {
    update_runs<kKind, Element>(job, first, end);
  }
  template <class Element>
  SEQFEAT_ROWS static void write(const RowJob& job, std::int64_t first, std::int64_t end) {
    write_runs<Element>(job, first, end);
  }
  template <class Element>
  SEQFEAT_ROWS static void combine(Combiner combiner, const FoundRows& rows, const FoundRows& ahead,
                                   std::int64_t dim, float* out) {
    combine_found<Element>(combiner, rows, ahead, dim, out);
  }
  template <class Element>
  SEQFEAT_ROWS static void combine_weighted(Combiner combiner, const FoundRows& rows,
                                            const ValueWeight* weights, const FoundRows& ahead,
                                            std::int64_t dim, float* out) {
    combine_found_weighted<Element>(combiner, rows, weights, ahead, dim, out);
  }
};

}  // namespace

const RowLoops kAvx2Rows = make_row_loops<Avx2>();

}  // namespace seqfeat::cpu
#endif
