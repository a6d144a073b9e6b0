// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "backend/text.hpp"
#include "run/advisor/summary_file.hpp"
#include "run/advisor/summary_form.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "table/safetensors_types.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

constexpr std::int64_t kMost = std::int64_t{1} << 48;  // so that sums of files do not overflow

/// A tensor of rows of words.
struct Table {
  std::size_t columns = 1;
  std::vector<std::uint64_t> words;

  [[nodiscard]] std::size_t rows() const noexcept { return words.size() / columns; }
  [[nodiscard]] const std::uint64_t* row(std::size_t i) const noexcept {
    return &words[i * columns];
  }
};

class Reader {
 public:
  explicit Reader(const std::string& file) : name_(file), file_(file) {
    if (said(kSummaryFormKey) != kSummaryForm) {
      refuse(concat("got '", said(kSummaryFormKey), "', expected '", kSummaryForm, "'"));
    }
    const std::string found = summary_checksum(file_.tensors(), file_.metadata());
    if (said(kSummaryCrc) != found) {
      refuse(concat("it is damaged: its contents have the checksum ", found, ", expected ",
                    said(kSummaryCrc), "; make it again"));
    }
  }

  [[nodiscard]] Inspection inspection() const {
    Inspection all;
    all.rows = number(kSummaryRows, 0, kMost);
    const SummaryBounds bounds{
        static_cast<std::size_t>(number(kSummaryTokens, 2, SummaryBounds::kMost)),
        static_cast<std::size_t>(number(kSummaryBuckets, 1, SummaryBounds::kMost))};
    for (const auto& [key, value] : file_.metadata()) {
      if (!key.starts_with(kSummaryDType)) continue;
      const auto dtype = dtype_from(value);
      if (!dtype) refuse(concat(key, ": got '", value, "', expected a type of tokens"));
      all.features.push_back(feature(key.substr(std::strlen(kSummaryDType)), *dtype, bounds));
      const auto& lengths = all.features.back().lengths;
      check(std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0}) == all.rows,
            kSummaryNumbers + all.features.back().key, "lengths of as many rows as there are");
    }
    return all;
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw DataError({.file = name_}, why); }
  void check(bool holds, std::string_view what, std::string_view expected) const {
    if (!holds)
      refuse(concat(what, ": expected ", expected, "; inspect --summary writes such files"));
  }

  [[nodiscard]] const std::string& said(const char* key) const {
    const auto found = file_.metadata().find(key);
    if (found == file_.metadata().end()) {
      refuse(concat("got no '", key, "' in its metadata; inspect --summary writes such files"));
    }
    return found->second;
  }
  [[nodiscard]] std::int64_t number(const char* key, std::int64_t least, std::int64_t most) const {
    const auto number = detail::number_in<std::int64_t>(said(key));
    check(number && least <= *number && *number <= most, key,
          concat("a number from ", least, " to ", most));
    return *number;
  }

  [[nodiscard]] Table table(const std::string& name, std::size_t columns) const {
    const auto found = file_.tensors().find(name);
    check(found != file_.tensors().end(), name, "a tensor of this name");
    const TensorView& tensor = found->second;
    check(tensor.dtype == "U64" && tensor.shape.size() == 2 &&
              tensor.shape[1] == static_cast<std::int64_t>(columns),
          name, concat("U64 [any, ", columns, "]"));
    Table table{columns, std::vector<std::uint64_t>(tensor.data.size() / sizeof(std::uint64_t))};
    if (!table.words.empty())
      std::memcpy(table.words.data(), tensor.data.data(), tensor.data.size());
    return table;
  }

  /// A word that counts something.
  [[nodiscard]] std::int64_t count(std::uint64_t word, std::int64_t least, std::int64_t most,
                                   std::string_view where) const {
    check(word <= static_cast<std::uint64_t>(most) && static_cast<std::int64_t>(word) >= least,
          where, concat("numbers from ", least, " to ", most));
    return static_cast<std::int64_t>(word);
  }

  [[nodiscard]] FeatureTally feature(const std::string& key, DType dtype,
                                     SummaryBounds bounds) const {
    const Table sizes = table(kSummarySizes + key, 2);
    std::vector<std::int64_t> buckets;
    for (std::size_t i = 0; i < sizes.rows(); ++i) {
      const std::int64_t after = buckets.empty() ? 1 : buckets.back();
      buckets.push_back(count(sizes.row(i)[0], after, std::numeric_limits<std::int64_t>::max(),
                              kSummarySizes + key));
      check(buckets.back() > after, kSummarySizes + key, "sizes above 1 that rise");
    }
    FeatureTally feature(key, dtype, bounds, std::move(buckets));
    const std::string where = kSummaryNumbers + key;
    const Table numbers = table(where, 1);
    check(numbers.rows() == kLengths + FeatureTally::kBins, where, "70 numbers");
    for (const std::uint64_t word : numbers.words) static_cast<void>(count(word, 0, kMost, where));
    const auto at = [&](std::size_t i) { return static_cast<std::int64_t>(numbers.words[i]); };
    feature.steps = at(kSteps);
    feature.tokens = at(kTokens);
    feature.longest = at(kLongest);
    for (std::size_t i = 0; i < FeatureTally::kBins; ++i) feature.lengths.at(i) = at(kLengths + i);
    const bool estimated = file_.tensors().contains(kSummaryRegisters + key);
    if (estimated) read_estimates(feature, numbers.words[kHalvings], sizes);
    read_frequent(feature, at(kFloor), estimated);
    return feature;
  }

  void read_frequent(FeatureTally& feature, std::int64_t floor, bool estimated) const {
    const std::string where = kSummaryFrequent + feature.key;
    const Table rows = table(where, 6);
    FlatMap<TokenCount> tokens;
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      const std::uint64_t* const row = rows.row(i);
      TokenCount& token = tokens[row[0]];
      token.count = count(row[1], 1, kMost, where);
      token.error = count(row[2], 0, std::min(floor, token.count - 1), where);
      std::array<char, ShortText::kSize> name{};
      std::memcpy(name.data(), &row[3], name.size());
      check(static_cast<unsigned char>(name.back()) % 128U <= ShortText::kMost, where,
            "short names");
      token.name = ShortText(name);
      sum += token.count - token.error;
      check(sum <= feature.tokens, where, "no more occurrences than there are");
    }
    check(tokens.size() == rows.rows(), where, "every token once");
    check(tokens.size() <= feature.summary.bounds().tokens, where,
          "no more tokens than exact_up_to");
    check(estimated || (floor == 0 && sum == feature.tokens), where, "all occurrences");
    feature.summary.frequent().restore(std::move(tokens), floor);
  }

  void read_estimates(FeatureTally& feature, std::uint64_t halvings, const Table& sizes) const {
    Estimates& estimates = feature.summary.begin_estimates();
    const std::string where = kSummaryRegisters + feature.key;
    const Table words = table(where, 1);
    std::vector<std::uint8_t> registers(words.words.size() * sizeof(std::uint64_t));
    check(registers.size() == HyperLogLog::kRegisters, where, "65536 registers");
    std::memcpy(registers.data(), words.words.data(), registers.size());
    for (const std::uint8_t value : registers) {
      static_cast<void>(count(value, 0, HyperLogLog::kLargest, where));
    }
    estimates.distinct.merge(registers);
    read_sample(kSummarySample + feature.key, 2, halvings, estimates.tokens,
                [&](std::int64_t& value, const std::uint64_t* row, const std::string& name) {
                  value = count(row[1], 1, feature.tokens, name);
                });
    for (std::size_t i = 0; i < estimates.buckets.size(); ++i) {
      BucketSample& buckets = estimates.buckets[i];
      const std::int64_t size = buckets.size();
      read_sample(summary_buckets(kSummaryBucketSample, size, feature.key), 3, sizes.row(i)[1],
                  buckets.sample(),
                  [&](Bucket& value, const std::uint64_t* row, const std::string& name) {
                    value = bucket(buckets, row, feature.tokens, name);
                  });
      const std::string held = summary_buckets(kSummaryHeldBuckets, size, feature.key);
      const Table rows = table(held, 3);
      for (std::size_t k = 0; k < rows.rows(); ++k) {
        buckets.hold(rows.row(k)[0], bucket(buckets, rows.row(k), feature.tokens, held));
      }
      check(buckets.held().size() == rows.rows(), held, "every bucket once");
    }
  }

  [[nodiscard]] Bucket bucket(const BucketSample& buckets, const std::uint64_t* row,
                              std::int64_t tokens, const std::string& name) const {
    static_cast<void>(count(row[0], 0, buckets.size() - 1, name));
    static_cast<void>(count(row[2] / 2, 1, tokens, name));
    check(buckets.bucket_of(row[1]) == row[0], name, "tokens in their buckets");
    return {row[1], row[2]};
  }

  template <class Value, class Take>
  void read_sample(const std::string& name, std::size_t columns, std::uint64_t halvings,
                   AdaptiveSample<Value>& sample, Take take) const {
    sample.halve_to(static_cast<unsigned>(count(halvings, 0, 63, name)));
    const Table rows = table(name, columns);
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      Value* const value = sample.at(rows.row(i)[0]);
      check(value != nullptr, name, "keys that the sample takes");
      take(*value, rows.row(i), name);
    }
    check(sample.entries().size() == rows.rows() && sample.halvings() == halvings, name,
          "every key once and no more than the sample holds");
  }

  std::string name_;
  SafetensorsFile file_;
};

}  // namespace

Inspection load_summary(const std::string& file) {
  try {
    return Reader(file).inspection();
  } catch (const DataError& error) {
    throw error.with({.file = file});  // also what the safetensors format itself refuses
  }
}

}  // namespace seqfeat::run
