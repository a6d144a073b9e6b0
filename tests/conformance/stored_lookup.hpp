// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "seqfeat/lookup.hpp"
#include "tests/support/backend_test.hpp"
#include "tests/support/reference.hpp"
#include "tests/support/stored.hpp"

namespace seqfeat::test {

/// Rows to look up, and where they go. An id outside the table is for devices alone.
struct StoredLookup {
  static constexpr std::int64_t kRows = 40;

  FloatType in;
  FloatType out;
  std::int64_t dim;
  std::int64_t pitch = dim;
  std::int64_t out_pitch = dim;
  std::int64_t shift = 0;  ///< Elements of the output in front of the first step.
  bool wide_ids = true;
  bool wide_offsets = true;
  LookupRule rule;
  std::vector<float> table;
  std::vector<std::int64_t> ids;
  std::optional<std::vector<std::int64_t>> offsets;  ///< None: an id a step.

  StoredLookup(Rng& rng, FloatType stored, FloatType wanted, std::int64_t elements)
      : in(stored),
        out(wanted),
        dim(elements),
        wide_ids(rng.once_in(2)),
        wide_offsets(rng.once_in(2)),
        table(rounded(in, random_floats(rng, kRows * dim))) {
    rule.combiner = rng.pick({Combiner::mean, Combiner::sum, Combiner::sqrtn});
    rule.output_type = out;
  }

  /// `count` ids more, some of them outside the table if that is wanted.
  void add_ids(Rng& rng, std::int64_t count, bool outside = false) {
    for (std::int64_t i = 0; i < count; ++i) {
      ids.push_back(outside && rng.once_in(6) ? rng.pick<std::int64_t>({-1, kRows})
                                              : rng.between(0, kRows - 1));
    }
  }
  /// A step of that many ids more.
  void add_step(Rng& rng, std::int64_t count, bool outside = false) {
    if (!offsets) offsets.emplace(1);
    add_ids(rng, count, outside);
    offsets->push_back(std::ssize(ids));
  }

  [[nodiscard]] std::int64_t steps() const {
    return offsets ? std::ssize(*offsets) - 1 : std::ssize(ids);
  }

  /// All elements of the output from the first step on, gaps included, after it was filled with
  /// 0xa5.
  [[nodiscard]] std::vector<float> run(const Backend& backend) const {
    return wide_ids ? run(backend, ids) : run(backend, narrowed(ids));
  }

  /// "" if every step holds what lists say, and nobody wrote between them.
  [[nodiscard]] std::string difference_from_lists(const Backend& backend) const {
    const std::vector<float> all = run(backend);
    std::vector<float> got;
    for (std::int64_t s = 0; s < steps(); ++s) {
      const auto step = all.begin() + s * out_pitch;
      got.insert(got.end(), step, step + dim);
      if (std::any_of(step + dim, step + out_pitch, [&](float x) { return x != unwritten(); })) {
        return "somebody wrote behind step " + std::to_string(s);
      }
    }
    return difference(got, expected());
  }

  /// What an element that nobody wrote looks like.
  [[nodiscard]] float unwritten() const {
    return widened(
        out, std::vector<std::byte>(static_cast<std::size_t>(size_of(out)), std::byte{0xa5}))[0];
  }

 private:
  static std::vector<std::int32_t> narrowed(const std::vector<std::int64_t>& wide) {
    std::vector<std::int32_t> narrow;
    for (const std::int64_t x : wide) narrow.push_back(static_cast<std::int32_t>(x));
    return narrow;
  }

  [[nodiscard]] std::vector<float> row(std::int64_t id) const {
    if (id < 0 || id >= kRows) return std::vector<float>(static_cast<std::size_t>(dim));
    return {table.begin() + id * dim, table.begin() + (id + 1) * dim};
  }
  [[nodiscard]] std::vector<float> expected() const {
    std::optional<double> limit;
    if (rule.max_norm) limit = double{*rule.max_norm};
    std::vector<float> all;
    for (std::int64_t s = 0; s < steps(); ++s) {
      const auto at = static_cast<std::size_t>(s);
      std::vector<std::vector<float>> rows;
      for (std::int64_t i = offsets ? (*offsets)[at] : s;
           i < (offsets ? (*offsets)[at + 1] : s + 1); ++i) {
        rows.push_back(row(ids[static_cast<std::size_t>(i)]));
      }
      const auto vector = rows.empty() ? std::vector<float>(static_cast<std::size_t>(dim))
                                       : combine_by_lists(rows, rule.combiner, limit);
      all.insert(all.end(), vector.begin(), vector.end());
    }
    return rounded(out, all);
  }

  template <class Id>
  [[nodiscard]] std::vector<float> run(const Backend& backend, const std::vector<Id>& some) const {
    const Stream stream = backend.impl().own_stream();
    const Buffer elements =
        to_backend<std::byte>(backend, stored_table(in, table, dim, pitch).bytes);
    const Buffer ids_there = to_backend<Id>(backend, some);
    const std::vector<std::int64_t> given = offsets.value_or(std::vector<std::int64_t>{});
    const Buffer offsets_there = wide_offsets ? to_backend<std::int64_t>(backend, given)
                                              : to_backend<std::int32_t>(backend, narrowed(given));
    const Buffer norms(backend.memory(), std::ssize(ids) * 4, stream);
    const std::int64_t bytes = (steps() * out_pitch + shift) * size_of(out);
    const Buffer output = to_backend<std::byte>(
        backend, std::vector<std::byte>(static_cast<std::size_t>(bytes), std::byte{0xa5}));
    LookupRule scratched = rule;
    scratched.norms = norms.as<float>();
    lookup(backend, {elements.data(), kRows, dim, pitch, in}, ids_there.as<Id>(), std::ssize(ids),
           offsets ? Offsets{offsets_there.data(), std::ssize(given), wide_offsets} : Offsets{},
           scratched, output.as<std::byte>() + shift * size_of(out), out_pitch, stream);
    auto all = to_host(backend, output.as<const std::byte>(), bytes);
    all.erase(all.begin(), all.begin() + shift * size_of(out));
    return widened(out, all);
  }
};

}  // namespace seqfeat::test
