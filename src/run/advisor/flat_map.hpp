// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

// The hash table under every summary of tokens: one array of entries, one array of indices.

namespace seqfeat::run {

/// Spreads a 64-bit number over all bits: the finalizer of MurmurHash3 (Austin Appleby, public
/// domain). Fingerprints modulo N choose buckets; a mixed fingerprint has nothing to do with that.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t x) noexcept {
  x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
  x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return x ^ (x >> 33);
}

/// A map of 64-bit keys. Entries stand in one array, in the order in which they came.
template <class Value>
class FlatMap {
 public:
  struct Entry {
    std::uint64_t key = 0;
    Value value{};
  };

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

  [[nodiscard]] const Value* find(std::uint64_t key) const noexcept {
    const std::uint32_t index = slots_.empty() ? 0 : slots_[slot_of(key)];
    return index == 0 ? nullptr : &entries_[index - 1].value;
  }
  [[nodiscard]] Value* find(std::uint64_t key) noexcept {
    return const_cast<Value*>(std::as_const(*this).find(key));
  }

  /// The value of a key, which is added if it is new.
  Value& operator[](std::uint64_t key) {
    if (2 * (entries_.size() + 1) > slots_.size()) index_anew();
    std::uint32_t& index = slots_[slot_of(key)];
    if (index == 0) {
      entries_.push_back({key, {}});
      index = static_cast<std::uint32_t>(entries_.size());
    }
    return entries_[index - 1].value;
  }

  /// Drops the entries for which `keep(entry)` is false.
  template <class Keep>
  void keep_if(Keep keep) {
    std::erase_if(entries_, [&](const Entry& entry) { return !keep(entry); });
    index_anew();
  }

  /// Calls `change(entry)` for every entry; keys must stay as they are.
  template <class Change>
  void for_each(Change change) {
    for (Entry& entry : entries_) change(entry);
  }

  /// Bytes of memory that it holds.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return entries_.capacity() * sizeof(Entry) + slots_.capacity() * sizeof(std::uint32_t);
  }

 private:
  /// The slot that has the key, or the free one where it would go.
  [[nodiscard]] std::size_t slot_of(std::uint64_t key) const noexcept {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = mixed(key) & mask;
    while (slots_[slot] != 0 && entries_[slots_[slot] - 1].key != key) slot = (slot + 1) & mask;
    return slot;
  }

  /// Builds the index, at most half full after one more entry. It never shrinks.
  void index_anew() {
    std::size_t size = slots_.empty() ? 16 : slots_.size();
    while (2 * (entries_.size() + 1) > size) size *= 2;
    slots_.assign(size, 0);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      slots_[slot_of(entries_[i].key)] = static_cast<std::uint32_t>(i + 1);
    }
  }

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  // 0, or 1 + the position of an entry; a power of two
};

}  // namespace seqfeat::run
