// SPDX-License-Identifier: Apache-2.0
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "run/advisor/summary_file.hpp"
#include "run/advisor/summary_form.hpp"
#include "seqfeat/safetensors.hpp"

namespace seqfeat::run {
namespace {

using Words = std::vector<std::uint64_t>;

std::uint64_t word(std::int64_t number) {
  return static_cast<std::uint64_t>(number);
}

/// Tensors under construction: rows of equally many words.
class Tables {
 public:
  void put(const std::string& name, std::size_t columns, Words words) {
    tables_.emplace(name, std::pair(columns, std::move(words)));
  }

  [[nodiscard]] std::map<std::string, TensorView> views() const {
    std::map<std::string, TensorView> views;
    for (const auto& [name, table] : tables_) {
      const auto& [columns, words] = table;
      const auto rows = static_cast<std::int64_t>(words.size() / columns);
      views[name] = {
          "U64", {rows, static_cast<std::int64_t>(columns)}, std::as_bytes(std::span(words))};
    }
    return views;
  }

 private:
  std::map<std::string, std::pair<std::size_t, Words>> tables_;
};

Words frequent_words(const FrequentTokens& frequent) {
  Words words;
  for (const auto& [fingerprint, token] : frequent.entries()) {
    words.insert(words.end(), {fingerprint, word(token.count), word(token.error), 0, 0, 0});
    std::memcpy(&*words.end() - 3, token.name.bytes().data(), ShortText::kSize);
  }
  return words;
}

Words bucket_words(const std::vector<FlatMap<Bucket>::Entry>& entries) {
  Words words;
  for (const auto& [bucket, value] : entries) {
    words.insert(words.end(), {bucket, value.token(), value.state()});
  }
  return words;
}

void put_estimates(const Estimates& estimates, const std::string& key, Tables& tables) {
  Words registers(HyperLogLog::kRegisters / sizeof(std::uint64_t));
  std::memcpy(registers.data(), estimates.distinct.registers().data(), HyperLogLog::kRegisters);
  tables.put(kSummaryRegisters + key, 1, std::move(registers));
  Words sample;
  for (const auto& [fingerprint, count] : estimates.tokens.entries()) {
    sample.insert(sample.end(), {fingerprint, word(count)});
  }
  tables.put(kSummarySample + key, 2, std::move(sample));
  for (const BucketSample& buckets : estimates.buckets) {
    const std::int64_t size = buckets.size();
    tables.put(summary_buckets(kSummaryBucketSample, size, key), 3,
               bucket_words(buckets.sample().entries()));
    tables.put(summary_buckets(kSummaryHeldBuckets, size, key), 3,
               bucket_words(buckets.held().entries()));
  }
}

void put_feature(const FeatureTally& feature, Tables& tables) {
  const auto& estimates = feature.summary.estimates();
  Words numbers{word(feature.steps), word(feature.tokens), word(feature.longest),
                word(feature.summary.frequent().floor()),
                estimates ? estimates->tokens.halvings() : 0};
  for (const std::int64_t rows : feature.lengths) numbers.push_back(word(rows));
  tables.put(kSummaryNumbers + feature.key, 1, std::move(numbers));
  tables.put(kSummaryFrequent + feature.key, 6, frequent_words(feature.summary.frequent()));
  Words sizes;
  for (std::size_t i = 0; i < feature.summary.sizes().size(); ++i) {
    sizes.push_back(word(feature.summary.sizes()[i]));
    sizes.push_back(estimates ? estimates->buckets[i].sample().halvings() : 0);
  }
  tables.put(kSummarySizes + feature.key, 2, std::move(sizes));
  if (estimates) put_estimates(*estimates, feature.key, tables);
}

}  // namespace

void save_summary(const std::filesystem::path& file, const Inspection& inspection) {
  Tables tables;
  SummaryBounds bounds;
  std::map<std::string, std::string> metadata{{kSummaryFormKey, kSummaryForm},
                                              {kSummaryRows, std::to_string(inspection.rows)}};
  for (const FeatureTally& feature : inspection.features) {
    put_feature(feature, tables);
    metadata[kSummaryDType + feature.key] = to_string(feature.dtype);
    bounds = feature.summary.bounds();
  }
  metadata[kSummaryTokens] = std::to_string(bounds.tokens);
  metadata[kSummaryBuckets] = std::to_string(bounds.buckets);
  const std::map<std::string, TensorView> views = tables.views();
  metadata[kSummaryCrc] = summary_checksum(views, metadata);
  const std::vector<std::pair<std::string, TensorView>> tensors(views.begin(), views.end());
  write_safetensors(file, tensors, metadata);
}

}  // namespace seqfeat::run
