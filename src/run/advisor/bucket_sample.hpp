// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "run/advisor/adaptive_sample.hpp"
#include "seqfeat/modulo.hpp"

namespace seqfeat::run {

/// What a bucket holds.
class Bucket {
 public:
  Bucket() = default;
  /// As `token()` and `state()` say.
  Bucket(std::uint64_t token, std::uint64_t state) noexcept : token_(token), state_(state) {}
  /// One token that occurs so often.
  Bucket(std::uint64_t token, std::int64_t times) noexcept
      : Bucket(token, 2 * static_cast<std::uint64_t>(times)) {}

  /// The smallest fingerprint in it.
  [[nodiscard]] std::uint64_t token() const noexcept { return token_; }
  /// Occurrences of all tokens in it.
  [[nodiscard]] double occurrences() const noexcept { return static_cast<double>(state_ / 2); }
  /// Whether several distinct tokens are in it.
  [[nodiscard]] bool collided() const noexcept { return state_ % 2 != 0; }
  /// Occurrences times two, and one more if it collided.
  [[nodiscard]] std::uint64_t state() const noexcept { return state_; }

  void add(const Bucket& more) noexcept {
    if (more.state_ == 0) return;
    const bool other = state_ != 0 && token_ != more.token_;
    token_ = state_ == 0 ? more.token_ : std::min(token_, more.token_);
    const std::uint64_t collided = other || this->collided() || more.collided() ? 1 : 0;
    state_ = 2 * (state_ / 2 + more.state_ / 2) + collided;
  }

 private:
  std::uint64_t token_ = 0;
  std::uint64_t state_ = 0;
};

/// A token and how often it occurs.
struct Word {
  std::uint64_t fingerprint = 0;
  double occurrences = 0;
};

/// A share of occurrences and the standard error with which it is known.
struct Share {
  double mean = 0;
  double spread = 0;
};

/// The buckets of a column with `size` buckets, all of them or a sample, each with all its tokens.
///
/// Whether a token collides depends on every other token, so a sample of tokens cannot tell. A
/// sample of buckets can: it holds all that ever fell into them. The buckets of frequent tokens are
/// held beside the sample, for each of them alone weighs much.
class BucketSample {
 public:
  BucketSample(std::int64_t size, std::size_t bound)
      : size_(size), modulo_(static_cast<std::uint64_t>(size)), sample_(bound) {}

  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  [[nodiscard]] std::uint64_t bucket_of(std::uint64_t fingerprint) const noexcept {
    return modulo_(fingerprint);
  }

  void add(std::uint64_t fingerprint, std::int64_t times) {
    const std::uint64_t at = bucket_of(fingerprint);
    if (Bucket* bucket = sample_.at(at)) bucket->add({fingerprint, times});
    if (Bucket* bucket = held_.find(at)) bucket->add({fingerprint, times});
  }
  void merge(const BucketSample& other);

  /// Holds a bucket from now on, before any token fell into it or with all that did.
  void hold(std::uint64_t bucket, Bucket value = {}) { held_[bucket] = value; }
  [[nodiscard]] const FlatMap<Bucket>& held() const noexcept { return held_; }

  [[nodiscard]] const AdaptiveSample<Bucket>& sample() const noexcept { return sample_; }
  [[nodiscard]] AdaptiveSample<Bucket>& sample() noexcept { return sample_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return sample_.bytes() + held_.bytes(); }

  /// How many buckets have a token: counted, or estimated from the sample.
  [[nodiscard]] double occupied() const noexcept {
    return static_cast<double>(sample_.entries().size()) / sample_.rate();
  }

  /// How many of `distinct` tokens are not the first of their bucket.
  ///
  /// If `distinct` is exact and no bucket is left out, it is counted. Otherwise there are two ways:
  /// `distinct` less the occupied buckets, and the buckets with several tokens, each with as many
  /// more as a Poisson distribution has on average. The first is better in a full table, the second
  /// in a sparse one; the one with the smaller error is taken.
  [[nodiscard]] double collisions(double distinct, bool exact) const;

  /// The share of `total` occurrences that collide. `frequent` are tokens with known counts.
  ///
  /// Without sampling it is counted. Otherwise frequent tokens are taken one by one: a token in a
  /// bucket that is known, or in one bucket with another of them, is seen to collide or not; the
  /// others collide with `chance`. The remaining tokens are estimated from the sampled buckets, as
  /// a ratio of sums; its variance is the usual one of Poisson sampling.
  [[nodiscard]] Share collided(std::span<const Word> frequent, double total, double chance) const;

 private:
  [[nodiscard]] bool knows(std::uint64_t bucket) const noexcept {
    return sample_.takes(bucket) || held_.find(bucket) != nullptr;
  }
  /// A bucket that it knows; null if no token fell into it.
  [[nodiscard]] const Bucket* find(std::uint64_t bucket) const noexcept {
    const Bucket* found = held_.find(bucket);
    return found != nullptr ? found : sample_.find(bucket);
  }

  std::int64_t size_;
  FastModulo modulo_;
  AdaptiveSample<Bucket> sample_;
  FlatMap<Bucket> held_;
};

}  // namespace seqfeat::run
