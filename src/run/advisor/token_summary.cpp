// SPDX-License-Identifier: Apache-2.0
#include "run/advisor/token_summary.hpp"

#include <algorithm>
#include <limits>

namespace seqfeat::run {
namespace {

constexpr std::size_t kHeld = 1024;  // tokens whose buckets are held

const BucketSample& of_size(const Estimates& estimates, std::int64_t size) {
  return *std::find_if(estimates.buckets.begin(), estimates.buckets.end(),
                       [&](const BucketSample& buckets) { return buckets.size() == size; });
}

}  // namespace

Estimates::Estimates(SummaryBounds bounds, const std::vector<std::int64_t>& sizes)
    : tokens(bounds.tokens) {
  for (const std::int64_t size : sizes) buckets.emplace_back(size, bounds.buckets);
}

void Estimates::add(std::uint64_t fingerprint, std::int64_t times) {
  distinct.add(fingerprint);
  if (std::int64_t* count = tokens.at(fingerprint)) *count += times;
  for (BucketSample& sample : buckets) sample.add(fingerprint, times);
}

Estimates& TokenSummary::begin_estimates() {
  estimates_.emplace(bounds_, sizes_);
  for (BucketSample& buckets : estimates_->buckets) {
    for (const auto& entry : frequent_.most_frequent(kHeld)) {
      buckets.hold(buckets.bucket_of(entry.key));
    }
  }
  for (const auto& entry : frequent_.entries()) estimates_->add(entry.key, entry.value.count);
  return *estimates_;
}

void TokenSummary::merge(const TokenSummary& other) {
  if (other.exact()) {
    for (const auto& entry : other.frequent_.entries()) {
      add(
          entry.key, [&] { return entry.value.name; }, entry.value.count);
    }
    return;
  }
  if (!estimates_) begin_estimates();
  estimates_->distinct.merge(other.estimates_->distinct.registers());
  estimates_->tokens.merge(other.estimates_->tokens,
                           [](std::int64_t& count, const auto& entry) { count += entry.value; });
  for (BucketSample& sample : estimates_->buckets) {
    sample.merge(of_size(*other.estimates_, sample.size()));
  }
  frequent_.merge(other.frequent_);
}

BucketSample TokenSummary::count_buckets(std::int64_t size) const {
  BucketSample all(size, std::numeric_limits<std::size_t>::max());
  for (const auto& entry : frequent_.entries()) all.add(entry.key, entry.value.count);
  return all;
}

std::size_t TokenSummary::bytes() const noexcept {
  std::size_t bytes = frequent_.bytes();
  if (!estimates_) return bytes;
  bytes += estimates_->distinct.registers().size() + estimates_->tokens.bytes();
  for (const BucketSample& sample : estimates_->buckets) bytes += sample.bytes();
  return bytes;
}

}  // namespace seqfeat::run
