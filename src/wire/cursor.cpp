// SPDX-License-Identifier: Apache-2.0
#include "wire/cursor.hpp"

#include <array>
#include <limits>

namespace seqfeat::wire {
namespace {

constexpr std::size_t kLongestVarint = 10;
constexpr std::ptrdiff_t kLongestTag = 5;   // and length, also where the last bytes add nothing
constexpr std::size_t kDeepestGroup = 100;  // protobuf's own limit

constexpr Type type_of(std::uint32_t tag) noexcept {
  return static_cast<Type>(tag & 7);
}

}  // namespace

Cursor::Number Cursor::long_varint(const char* at, const char* end) {
  std::uint64_t value = 0;
  for (std::size_t k = 0; k < kLongestVarint; ++k) {
    if (at == end) throw Malformed{"a varint is cut"};
    const auto byte = static_cast<std::uint8_t>(*at++);
    value |= std::uint64_t{byte & 0x7fU} << (7 * k);  // what is above 64 bits falls off
    if (byte < 0x80) return {value, at};
  }
  throw Malformed{"a varint is longer than ten bytes"};
}

Cursor::Number Cursor::long_tag(const char* at, const char* end) {
  const Number tag = long_varint(at, end);
  if (tag.end - at > kLongestTag) throw Malformed{"a field number is longer than five bytes"};
  if (tag.value < 8) throw Malformed{"a field has the number 0"};
  if (tag.value > std::numeric_limits<std::uint32_t>::max()) {
    throw Malformed{"a field number is above 2^29 - 1"};
  }
  return tag;
}

Cursor::Number Cursor::long_length(const char* at, const char* end) {
  const Number length = long_varint(at, end);
  if (length.end - at > kLongestTag) throw Malformed{"a length is longer than five bytes"};
  return length;
}

const char* Cursor::skip_other(const char* at, const char* end, std::uint32_t tag) {
  Cursor in({at, static_cast<std::size_t>(end - at)});
  switch (type_of(tag)) {
    case Type::varint:
      (void)in.varint();
      return in.at_;
    case Type::fixed64:
      in.take(8);
      return in.at_;
    case Type::fixed32:
      in.take(4);
      return in.at_;
    case Type::group_begin:
      in.skip_group(tag >> 3);
      return in.at_;
    case Type::group_end:
      throw Malformed{"a group ends that did not begin"};
    case Type::bytes:
      break;  // not other
  }
  throw Malformed{"a field has an unknown wire type"};
}

void Cursor::skip_group(std::uint32_t number) {
  std::array<std::uint32_t, kDeepestGroup> open{number};
  for (std::size_t depth = 1; depth > 0;) {
    if (done()) throw Malformed{"a group does not end"};
    const std::uint32_t next = tag();
    if (type_of(next) == Type::group_begin) {
      if (depth == kDeepestGroup) throw Malformed{"groups are nested too deeply"};
      open.at(depth++) = next >> 3;
    } else if (type_of(next) == Type::group_end) {
      if (open.at(--depth) != next >> 3) throw Malformed{"a group ends that did not begin"};
    } else {
      skip(next);
    }
  }
}

}  // namespace seqfeat::wire
