// SPDX-License-Identifier: Apache-2.0
#include "arrow/tokens.hpp"

#include <cstring>
#include <span>
#include <vector>

#include "arrow/offsets.hpp"
#include "arrow/room.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"

namespace seqfeat::detail {
namespace {

/// Bytes of strings in their order, as stretches of memory that lie apart.
class Bytes {
 public:
  explicit Bytes(const Place& place) : place_(place) {}

  void add(const std::byte* data, std::int64_t size) {
    if (size == 0) return;
    if (size > kMostValues - size_) place_.require_memory(-1);
    size_ += size;
    const std::span next(data, static_cast<std::size_t>(size));
    if (!stretches_.empty()) {
      std::span<const std::byte>& last = stretches_.back();
      if (last.data() + last.size() == next.data()) {
        last = {last.data(), last.size() + next.size()};
        return;
      }
    }
    stretches_.push_back(next);
  }
  /// A single stretch stays where it is; several are copied one behind the other.
  void take(Tokens& tokens) const {
    tokens.bytes = size_;
    if (stretches_.size() == 1) tokens.data = stretches_.front().data();
    if (stretches_.size() < 2) return;
    std::byte* to = room_for_data(tokens, size_, 0, place_);
    for (const std::span<const std::byte>& stretch : stretches_) {
      std::memcpy(to, stretch.data(), stretch.size());
      to += stretch.size();
    }
  }

 private:
  const Place& place_;
  std::vector<std::span<const std::byte>> stretches_;
  std::int64_t size_ = 0;
};

const std::byte* bytes_of(const ArrowArray& array, std::int64_t i, std::int64_t begin,
                          std::int64_t size, const Place& place) {
  const auto* const data = static_cast<const std::byte*>(buffer(array, i, size, place));
  return size == 0 ? data : data + begin;
}

bool take_integers_in_place(Tokens& tokens, const Place& place) {
  const Run& run = tokens.only;
  if (run.count == 0) return false;
  const std::int64_t size = size_of(tokens.dtype);
  const void* const data = bytes_of(*run.array, 1, run.begin * size, run.count * size, place);
  if (!is_aligned(data, size)) return false;
  tokens.data = data;
  return true;
}

void read_integers(Tokens& tokens, const Runs& runs, const Place& place) {
  if (take_integers_in_place(tokens, place)) return;
  const std::int64_t size = size_of(tokens.dtype);
  std::byte* to = room_for_data(tokens, tokens.count * size, 0, place);
  each_stretch(runs, [&](const Run& run) {
    if (run.array == nullptr) return;
    const std::int64_t bytes = run.count * size;
    std::memcpy(to, bytes_of(*run.array, 1, run.begin * size, bytes, place),
                static_cast<std::size_t>(bytes));
    to += bytes;
  });
}

bool take_strings_in_place(Tokens& tokens, bool wide, const Place& place) {
  const Run& run = tokens.only;
  if (run.count == 0) return false;
  const RawOffsets offsets = raw_offsets(run, wide, place);
  if (!offsets.is_aligned()) return false;
  check_in_place(offsets, kMostValues, 0, place);
  const void* const data = buffer(*run.array, 2, offsets.last() - offsets.first(), place);
  if (data == nullptr) return false;  // all are empty, and offsets need a buffer to point into
  tokens.data = data;
  tokens.byte_offsets = offsets.view();
  tokens.bytes = offsets.last();
  return true;
}

void read_strings(Tokens& tokens, bool wide, const Runs& runs, const Place& place) {
  if (take_strings_in_place(tokens, wide, place)) return;
  std::int64_t* ends = room_for_ends(tokens, place);
  Bytes bytes(place);
  std::int64_t slot = 0;
  each_stretch(runs, [&](const Run& run) {
    if (run.array != nullptr) {
      const RawOffsets offsets = raw_offsets(run, wide, place);
      check_and_rebase(offsets, kMostValues, slot, ends, place);
      ends += run.count;
      const std::int64_t size = offsets.last() - offsets.first();
      bytes.add(bytes_of(*run.array, 2, offsets.first(), size, place), size);
    }
    slot += run.count;
  });
  take_ends(tokens);
  bytes.take(tokens);
}

void read_fixed_strings(Tokens& tokens, std::int64_t width, const Runs& runs, const Place& place) {
  std::int64_t* ends = room_for_ends(tokens, place);
  Bytes bytes(place);
  each_stretch(runs, [&](const Run& run) {
    if (run.array == nullptr) return;
    if (!product({run.begin + run.count, width})) place.require_memory(-1);
    const std::int64_t size = run.count * width;
    bytes.add(bytes_of(*run.array, 1, run.begin * width, size, place), size);
    fill_steps(ends, run.count, width);
    ends += run.count;
  });
  take_ends(tokens);
  bytes.take(tokens);
}

Shape shape_of(TokenType::Layout layout) {
  switch (layout) {
    case TokenType::Layout::strings:
      return {.buffers = 3};
    case TokenType::Layout::string_views:
      return {.buffers = 3, .more_buffers = true};
    case TokenType::Layout::nulls:
      return {.buffers = 0, .nullable = false};
    default:
      return {.buffers = 2};
  }
}

}  // namespace

void check_tokens(const ArrowArray* array, const TokenType& type, const Place& place) {
  check(array, shape_of(type.layout), place);
}

Tokens count_tokens(const Runs& runs, DType dtype, const Place& place) {
  Tokens tokens;
  tokens.dtype = dtype;
  tokens.slots = count_of(runs, place);
  const Census census = census_of(runs);
  tokens.count = census.present;
  tokens.only = census.only;
  if (census.missing == 0) return tokens;
  std::int64_t* kept = room_in(tokens.kept, tokens.slots + 1, place);
  kept[0] = 0;
  each_stretch(runs, [&](const Run& run) {
    fill_steps(kept, run.count, run.array == nullptr ? 0 : 1);
    kept += run.count;
  });
  tokens.kept.added(static_cast<std::size_t>(tokens.slots) + 1);
  return tokens;
}

std::int64_t* room_for_ends(Tokens& tokens, const Place& place) {
  std::int64_t* const ends = room_in(tokens.own_offsets, tokens.count + 1, place);
  ends[0] = 0;
  return ends;
}

void take_ends(Tokens& tokens) {
  tokens.own_offsets.added(static_cast<std::size_t>(tokens.count) + 1);
  tokens.byte_offsets = offsets_of(tokens.own_offsets);
}

std::byte* room_for_data(Tokens& tokens, std::int64_t bytes, std::int64_t slack,
                         const Place& place) {
  std::byte* const to = room_in(tokens.own_data, bytes + slack, place);
  tokens.own_data.added(static_cast<std::size_t>(bytes));
  tokens.data = to;
  return to;
}

Tokens read_tokens(const Runs& runs, const TokenType& type, const Place& place) {
  for (const Run& run : runs) {
    if (run.array != nullptr) check_tokens(run.array, type, place);
  }
  if (type.layout == TokenType::Layout::nulls) {
    const Run nulls{nullptr, 0, count_of(runs, place)};
    const TokenType none = type.dtype != DType::string
                               ? TokenType{TokenType::Layout::integers, type.dtype, false, 0}
                               : TokenType{TokenType::Layout::strings, type.dtype, false, 0};
    return read_tokens({nulls}, none, place);
  }
  Tokens tokens = count_tokens(runs, type.dtype, place);
  switch (type.layout) {
    case TokenType::Layout::strings:
      read_strings(tokens, type.wide, runs, place);
      break;
    case TokenType::Layout::string_views:
      read_string_views(tokens, runs, place);
      break;
    case TokenType::Layout::fixed_strings:
      read_fixed_strings(tokens, type.width, runs, place);
      break;
    default:
      read_integers(tokens, runs, place);
  }
  return tokens;
}

}  // namespace seqfeat::detail
