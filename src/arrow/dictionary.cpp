// SPDX-License-Identifier: Apache-2.0
#include "arrow/dictionary.hpp"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "arrow/offsets.hpp"
#include "arrow/room.hpp"
#include "backend/concat.hpp"
#include "backend/sizes.hpp"

namespace seqfeat::detail {
namespace {

/// Whether two structs are of the same memory. Chunks of an array often share a dictionary.
bool same_memory(const ArrowArray& a, const ArrowArray& b) {
  return a.length == b.length && a.offset == b.offset && a.n_buffers == b.n_buffers &&
         std::equal(a.buffers, a.buffers + a.n_buffers, b.buffers);
}

/// The dictionaries of a level's runs, as one array of entries.
class Dictionaries {
 public:
  Dictionaries(const TokenType& type, const Place& place) : type_(type), place_(place) {}

  /// The number of the dictionary's first entry among those of all.
  std::int64_t add(const ArrowArray& dictionary) {
    if (&dictionary == last_) return first_;
    check_tokens(&dictionary, type_, place_);
    if (last_ == nullptr || !same_memory(*last_, dictionary)) {
      first_ = end_;
      if (dictionary.length > kMostValues - end_) place_.require_memory(-1);
      end_ += dictionary.length;
      append(entries_, {&dictionary, dictionary.offset, dictionary.length});
    }
    last_ = &dictionary;
    return first_;
  }
  [[nodiscard]] const Runs& entries() const noexcept { return entries_; }

 private:
  const TokenType& type_;
  const Place& place_;
  Runs entries_;
  const ArrowArray* last_ = nullptr;
  std::int64_t first_ = 0;
  std::int64_t end_ = 0;
};

/// Writes the indices of a run without nulls to `to`: numbers of entries, of which the first one of
/// the run's dictionary is `first`. `slot` is the level's element.
template <class T>
std::int64_t* number_entries(const Run& run, std::int64_t first, std::int64_t slot,
                             std::int64_t* to, const Place& place) {
  const void* const data = buffer(*run.array, 1, run.count, place);
  const std::int64_t length = run.array->dictionary->length;
  for (std::int64_t i = 0; i < run.count; ++i) {
    const T index = load<T>(data, run.begin + i);
    if (std::cmp_less(index, 0) || std::cmp_greater_equal(index, length)) {
      place.refuse_at(slot + i, concat("an Arrow dictionary index is ", +index, ", expected 0 to ",
                                       length - 1));
    }
    to[i] = first + static_cast<std::int64_t>(index);
  }
  return to + run.count;
}

auto number_entries_of(DType index) {
  switch (index) {
    case DType::int8:
      return number_entries<std::int8_t>;
    case DType::int16:
      return number_entries<std::int16_t>;
    case DType::int32:
      return number_entries<std::int32_t>;
    case DType::uint8:
      return number_entries<std::uint8_t>;
    case DType::uint16:
      return number_entries<std::uint16_t>;
    case DType::uint32:
      return number_entries<std::uint32_t>;
    case DType::uint64:
      return number_entries<std::uint64_t>;
    default:
      return number_entries<std::int64_t>;
  }
}

/// Makes slots of entries that are null nulls, and numbers the other entries without those.
void drop_null_entries(Tokens& indices, std::int64_t* numbers, const Tokens& entries,
                       const Place& place) {
  GrowingArray<std::int64_t> kept;
  std::int64_t* const ends = room_in(kept, indices.slots + 1, place);
  const bool has_nulls = indices.kept.size() > 0;
  std::int64_t read = 0;
  std::int64_t written = 0;
  ends[0] = 0;
  for (std::int64_t slot = 0; slot < indices.slots; ++slot) {
    if (!has_nulls || indices.kept.data()[slot + 1] > read) {
      const std::int64_t* const entry = entries.kept.data() + numbers[read++];
      if (entry[1] > entry[0]) numbers[written++] = entry[0];
    }
    ends[slot + 1] = written;
  }
  kept.added(static_cast<std::size_t>(indices.slots) + 1);
  indices.kept = std::move(kept);
  indices.count = written;
}

void decode_integers(Tokens& tokens, const std::int64_t* indices, const Tokens& entries,
                     const Place& place) {
  const std::int64_t size = size_of(tokens.dtype);
  std::byte* to = room_for_data(tokens, tokens.count * size, 0, place);
  const auto gather = [&]<class T>(T) {
    for (std::int64_t i = 0; i < tokens.count; ++i, to += sizeof(T)) {
      const T value = load<T>(entries.data, indices[i]);
      std::memcpy(to, &value, sizeof value);
    }
  };
  if (size == 1) gather(std::uint8_t{});
  if (size == 2) gather(std::uint16_t{});
  if (size == 4) gather(std::uint32_t{});
  if (size == 8) gather(std::uint64_t{});
}

void decode_strings(Tokens& tokens, const std::int64_t* indices, const Tokens& entries,
                    const Place& place) {
  constexpr std::size_t kShort = 16;  // bytes that are copied at once, be they too many
  std::int64_t* const ends = room_for_ends(tokens, place);
  const Offsets offsets = entries.byte_offsets;
  for (std::int64_t i = 0; i < tokens.count; ++i) {
    const std::int64_t size = offsets[indices[i] + 1] - offsets[indices[i]];
    // An entry may be large and come often: the sum is bounded by nothing.
    if (size > kMostValues - ends[i]) place.require_memory(-1);
    ends[i + 1] = ends[i] + size;
  }
  tokens.bytes = ends[tokens.count];
  take_ends(tokens);
  std::byte* to = room_for_data(tokens, tokens.bytes, kShort, place);
  const char* const end = static_cast<const char*>(entries.data) + entries.bytes;
  for (std::int64_t i = 0; i < tokens.count; ++i) {
    const std::string_view entry = string_at(entries.data, offsets, indices[i]);
    if (entry.size() <= kShort && end - entry.data() >= std::ptrdiff_t{kShort}) {
      std::memcpy(to, entry.data(), kShort);
    } else {
      std::copy_n(reinterpret_cast<const std::byte*>(entry.data()), entry.size(), to);
    }
    to += entry.size();
  }
}

}  // namespace

Encoded read_dictionary(const Runs& runs, DType index, const TokenType& type, const Place& place) {
  const Place entries_place = Place::of_entries(place.key());
  Dictionaries dictionaries(type, entries_place);
  std::vector<std::int64_t> firsts;
  firsts.reserve(runs.size());
  for (const Run& run : runs) {
    if (run.array != nullptr) check(run.array, {.buffers = 2, .dictionary = true}, place);
    firsts.push_back(run.array == nullptr ? 0 : dictionaries.add(*run.array->dictionary));
  }
  Encoded encoded;
  encoded.entries = read_tokens(dictionaries.entries(), type, entries_place);
  encoded.indices = count_tokens(runs, DType::int64, place);
  constexpr std::int64_t kSize = sizeof(std::int64_t);
  auto* const numbers = reinterpret_cast<std::int64_t*>(
      room_for_data(encoded.indices, encoded.indices.count * kSize, 0, place));
  const auto number = number_entries_of(index);
  std::int64_t* to = numbers;
  std::int64_t slot = 0;
  for (std::size_t k = 0; k < runs.size(); ++k) {
    each_stretch({runs[k]}, [&](const Run& run) {
      if (run.array != nullptr) to = number(run, firsts[k], slot, to, place);
      slot += run.count;
    });
  }
  if (encoded.entries.kept.size() > 0) {
    drop_null_entries(encoded.indices, numbers, encoded.entries, place);
  }
  return encoded;
}

Tokens decode(Encoded encoded, const Place& place) {
  Tokens tokens;
  tokens.dtype = encoded.entries.dtype;
  tokens.count = encoded.indices.count;
  tokens.slots = encoded.indices.slots;
  tokens.kept = std::move(encoded.indices.kept);
  const auto* const indices = static_cast<const std::int64_t*>(encoded.indices.data);
  if (tokens.dtype != DType::string) {
    decode_integers(tokens, indices, encoded.entries, place);
  } else {
    decode_strings(tokens, indices, encoded.entries, place);
  }
  return tokens;
}

}  // namespace seqfeat::detail
