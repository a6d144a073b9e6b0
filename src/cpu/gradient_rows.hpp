// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "cpu/row_job.hpp"
#include "cpu/sum_rows.hpp"

// The loops over runs of contributions: the sum of a run, max_norm, and a step of the optimizer.
// They are templates without instructions of their own; row_loops_*.cpp compile them for each SIMD
// level.

namespace seqfeat::cpu {

/// Writes the sum of contributions [begin, end) to `out`, one after the other. `part(i, width, d)`
/// is that of contribution i to the elements from d on.
template <class Part>
[[gnu::always_inline]] inline void sum_one_by_one(std::int64_t dim, std::int64_t begin,
                                                  std::int64_t end, GradientsAhead& ahead,
                                                  float* out, const Part& part) {
  for_each_block(
      dim, [&](auto width, std::int64_t d) __attribute__((always_inline)) {
        BlockSums<Floats<decltype(width)::kWidth>> sums;
        for (std::int64_t i = begin; i < end; ++i) {
          ahead.ask_before(i + 1);
          sums.add(part(i, width, d));
        }
        store_floats(out + d, sums.total());
      });
}

/// Writes the sum of contributions [begin, end) to `out`.
template <class Gradient>
void sum_contributions(const RowJob& job, std::int64_t begin, std::int64_t end,
                       GradientsAhead& ahead, float* out) {
  const Contributions c = *job.contributions;
  const std::int64_t dim = job.table->dim;
  const auto* gradient = static_cast<const Gradient*>(job.gradient.data);
  if (c.wide) {  // with scales of their own
    return sum_one_by_one(
        dim, begin, end, ahead,
        out, [&](std::int64_t i, auto width, std::int64_t d) __attribute__((always_inline)) {
          return contribution(load_floats<decltype(width)::kWidth>(gradient + c.place(i) + d),
                              c.scale(i), [&] { return c.is_weighted(i); });
        });
  }
  const NarrowRecord* records = c.narrow() + begin;
  const std::int64_t unit = c.unit;
  if constexpr (sizeof(Gradient) < sizeof(float)) {  // to widen them is most of the work
    sum_one_by_one(
        dim, begin, end, ahead,
        out, [&](std::int64_t i, auto width, std::int64_t d) __attribute__((always_inline)) {
          return load_floats<decltype(width)::kWidth>(gradient +
                                                      units_of(records[i - begin]) * unit + d);
        });
  } else {
    sum_in_blocks(
        end - begin, dim,
        out, [&](std::int64_t at, std::int64_t count) __attribute__((always_inline)) {
          ahead.ask_before(begin + at + count);
          BlockRows<Gradient> rows;  // NOLINT(*-init): written before it is read
          for (std::int64_t i = 0; i < count; ++i) {
            rows.at[i] = gradient + units_of(records[at + i]) * unit;
          }
          return rows;
        });
  }
}

/// Writes the sum of `n` rows of floats, `pitch` apart, to `out`.
inline void sum_side_by_side(const float* from, std::int64_t n, std::int64_t pitch,
                             std::int64_t dim, float* out) {
  sum_in_blocks(
      n, dim, out, [&](std::int64_t at, std::int64_t count) __attribute__((always_inline)) {
        BlockRows<float> rows;  // NOLINT(*-init): written before it is read
        for (std::int64_t i = 0; i < count; ++i) rows.at[i] = from + (at + i) * pitch;
        return rows;
      });
}

/// The gradient goes through max_norm, in place.
template <class Element>
void through_max_norm(const detail::TrainedTable& table, const Element* row, float* gradient) {
  const float norm = root_of_squares(products_of_rows(row, row, table.dim));
  const auto at =
      MaxNormGradient::at(table.max_norm, norm, products_of_rows(gradient, row, table.dim));
  if (!at.clips) return;
  for_each_block<16>(table.dim, [&](auto width, std::int64_t d) {
    constexpr int kWidth = decltype(width)::kWidth;
    store_floats(gradient + d,
                 at.through(load_floats<kWidth>(gradient + d), load_floats<kWidth>(row + d)));
  });
}

/// The sum of contributions [begin, end), of however many, at `out`.
inline void sum_part(const RowJob& job, std::int64_t begin, std::int64_t end, GradientsAhead& ahead,
                     float* out) {
  job.loops->sum[static_cast<int>(job.gradient.type)](job, begin, end, ahead, out);
}

/// Runs of one table and how their gradients are had. A copy of what is read for every run, so that
/// the compiler knows that no store changes it.
class RunGradients {
 public:
  RunGradients(const RowJob& job, std::int64_t first_run, std::int64_t end_run) noexcept
      : job_(job),
        c_(*job.contributions),
        gradient_(static_cast<const float*>(job.gradient.data)),
        first_key_(job.table->first_key),
        // Rows of the layer's gradient as it is, where a run is one contribution.
        as_they_are_(!c_.wide && !job.table->clips && job.gradient.type == FloatType::float32),
        ahead_(job, c_.starts[first_run], c_.starts[end_run]) {}

  /// The row of the table.
  [[nodiscard]] [[gnu::always_inline]] inline std::int64_t row(std::int64_t run) const noexcept {
    return c_.key(c_.starts[run]) - first_key_;
  }

  /// The gradient of a run: where it stands, or in the job's buffer. `weights` is the table's row.
  template <class Element>
  [[nodiscard]] [[gnu::always_inline]] inline const float* of(std::int64_t run,
                                                              const Element* weights) {
    const std::int64_t begin = c_.starts[run];
    const std::int64_t end = c_.starts[run + 1];
    if (as_they_are_ && end - begin == 1) {
      ahead_.ask_before(end);
      return gradient_ + c_.place(begin);
    }
    sum(run, begin, end);
    if (job_.table->clips) through_max_norm(*job_.table, weights, job_.buffer);
    return job_.buffer;
  }

 private:
  void sum(std::int64_t run, std::int64_t begin, std::int64_t end) {
    if (end - begin <= kPart) {
      sum_part(job_, begin, end, ahead_, job_.buffer);
      return;
    }
    ahead_.skip_to(end);
    const LongRun* found =
        std::lower_bound(c_.long_list, c_.long_list + c_.long_runs, run,
                         [](const LongRun& a, std::int64_t r) { return a.run < r; });
    job_.loops->sum_side_by_side(c_.part_sums + found->first_part * job_.part_pitch,
                                 (end - begin - 1) / kPart + 1, job_.part_pitch, job_.table->dim,
                                 job_.buffer);
  }

  const RowJob& job_;
  const Contributions c_;
  const float* gradient_;
  std::int64_t first_key_;
  bool as_they_are_;
  GradientsAhead ahead_;
};

/// Runs [first, end), all of one table, to its sparse gradient.
template <class Element>
void write_runs(const RowJob& job, std::int64_t first, std::int64_t end) {
  const detail::TrainedTable table = *job.table;
  RunGradients gradients(job, first, end);
  for (std::int64_t run = first; run < end; ++run) {
    const std::int64_t row = gradients.row(run);
    const auto* weights = static_cast<const Element*>(table.data) + row * table.pitch;
    const float* gradient = gradients.of(run, weights);
    const std::int64_t at = run - job.first_run;
    job.sparse.ids[at] = row;
    std::copy_n(gradient, table.dim, job.sparse.rows + at * table.dim);
  }
}

}  // namespace seqfeat::cpu
