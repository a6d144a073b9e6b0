// SPDX-License-Identifier: Apache-2.0
#include "run/advisor/frequent_tokens.hpp"

#include <algorithm>

#include "run/text.hpp"

namespace seqfeat::run {
namespace {

constexpr unsigned kCut = 128;

}  // namespace

ShortText::ShortText(std::string_view text) noexcept {
  std::size_t size = std::min(text.size(), kMost);
  if (size < text.size()) {
    // A character of UTF-8 that does not fit whole is left out.
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  }
  std::copy_n(text.begin(), size, bytes_.begin());
  bytes_.back() = static_cast<char>(size + (size < text.size() ? kCut : 0));
}

std::string ShortText::text() const {
  const auto end = static_cast<unsigned char>(bytes_.back());
  return utf8_or_escaped({bytes_.data(), end % kCut}) + (end >= kCut ? "…" : "");
}

void FrequentTokens::merge(const FrequentTokens& other) {
  // A token that one part has no entry for occurred there at most as often as its floor says.
  tokens_.for_each([&](Entry& entry) {
    const TokenCount* theirs = other.tokens_.find(entry.key);
    entry.value.count += theirs != nullptr ? theirs->count : other.floor_;
    entry.value.error += theirs != nullptr ? theirs->error : other.floor_;
  });
  for (const Entry& entry : other.entries()) {
    if (tokens_.find(entry.key) != nullptr) continue;
    tokens_[entry.key] = {entry.value.count + floor_, entry.value.error + floor_, entry.value.name};
  }
  floor_ += other.floor_;
  while (tokens_.size() > bound_) drop_half();
}

std::vector<FrequentTokens::Entry> FrequentTokens::most_frequent(std::size_t count) const {
  std::vector<Entry> most(std::min(count, tokens_.size()));
  std::partial_sort_copy(tokens_.entries().begin(), tokens_.entries().end(), most.begin(),
                         most.end(), [](const Entry& a, const Entry& b) {
                           const double of_a = a.value.estimate();
                           const double of_b = b.value.estimate();
                           return of_a != of_b ? of_a > of_b : a.key < b.key;
                         });
  return most;
}

void FrequentTokens::drop_half() {
  std::vector<std::int64_t> counts;
  counts.reserve(tokens_.size());
  for (const Entry& entry : tokens_.entries()) counts.push_back(entry.value.count);
  const auto middle = counts.begin() + static_cast<std::ptrdiff_t>(counts.size() / 2);
  std::nth_element(counts.begin(), middle, counts.end());
  floor_ = *middle;
  tokens_.keep_if([this](const Entry& entry) { return entry.value.count > floor_; });
}

}  // namespace seqfeat::run
