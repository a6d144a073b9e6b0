// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "run/advisor/flat_map.hpp"

namespace seqfeat::run {

/// The beginning of a token's text, in 24 bytes.
class ShortText {
 public:
  static constexpr std::size_t kSize = 24;
  static constexpr std::size_t kMost = kSize - 1;

  ShortText() = default;
  explicit ShortText(std::string_view text) noexcept;
  /// Takes bytes as `bytes()` gives them, of which the last is at most kMost + 128.
  explicit ShortText(const std::array<char, kSize>& bytes) noexcept : bytes_(bytes) {}

  /// The text as UTF-8, with `…` behind it if the token is longer.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] const std::array<char, kSize>& bytes() const noexcept { return bytes_; }

 private:
  std::array<char, kSize> bytes_{};  // the last one: size, + 128 if it was cut
};

/// What is known about a token: it occurred at least `count - error` and at most `count` times.
struct TokenCount {
  std::int64_t count = 0;
  std::int64_t error = 0;
  ShortText name;

  [[nodiscard]] double estimate() const noexcept {
    return static_cast<double>(count) - static_cast<double>(error) / 2;
  }
};

/// Counts tokens; when more than `bound` are distinct, counts the frequent ones.
///
/// Space-Saving (Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k
/// elements in data streams", ICDT 2005) that makes room for many at once: a full table drops the
/// half with the smallest counts, as in Anderson et al., "A high-performance algorithm for
/// identifying frequent items in data streams", IMC 2017, arXiv:1705.07001. A dropped token
/// occurred at most `floor()` times, and a new one starts from there. The floor stays below twice
/// the occurrences by `bound`. A token that was never dropped has an exact count, as frequent ones
/// nearly always do, and the table names them; a count-min sketch of the same memory does neither
/// (Cormode, Hadjieleftheriou, "Finding frequent items in data streams", VLDB 2008). Tables of
/// shards merge with the sum of their floors (Agarwal et al., "Mergeable summaries", PODS 2012).
class FrequentTokens {
 public:
  using Entry = FlatMap<TokenCount>::Entry;

  /// Holds at most `bound` tokens, which is at least 2.
  explicit FrequentTokens(std::size_t bound) : bound_(bound) {}

  /// True if a token can be counted without dropping others.
  [[nodiscard]] bool has_room_for(std::uint64_t fingerprint) const noexcept {
    return tokens_.size() < bound_ || tokens_.find(fingerprint) != nullptr;
  }

  /// Counts `times` occurrences. `name()` gives the text of a token that is new.
  template <class Name>
  void add(std::uint64_t fingerprint, Name name, std::int64_t times) {
    TokenCount* found = tokens_.find(fingerprint);
    if (found == nullptr) {
      if (tokens_.size() >= bound_) drop_half();
      found = &tokens_[fingerprint];
      *found = {floor_, floor_, ShortText(name())};
    }
    found->count += times;
  }

  /// Adds another part of the data.
  void merge(const FrequentTokens& other);

  /// Takes over the tokens and the floor of a summary that was saved.
  void restore(FlatMap<TokenCount> tokens, std::int64_t floor) noexcept {
    tokens_ = std::move(tokens);
    floor_ = floor;
  }

  /// The most often that a token without an entry can have occurred; 0 if all have one.
  [[nodiscard]] std::int64_t floor() const noexcept { return floor_; }
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return tokens_.entries(); }

  /// The `count` entries with the largest estimates, the largest first; equal ones by fingerprint.
  [[nodiscard]] std::vector<Entry> most_frequent(std::size_t count) const;

  [[nodiscard]] std::size_t bytes() const noexcept { return tokens_.bytes(); }

 private:
  void drop_half();

  std::size_t bound_;
  std::int64_t floor_ = 0;
  FlatMap<TokenCount> tokens_;
};

}  // namespace seqfeat::run
