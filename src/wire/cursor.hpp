// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

// Protobuf's wire format: a message is a run of fields, each a tag (number * 8 + wire type) and a
// value. Every length is held against the bytes that are there before anything relies on it.

namespace seqfeat::wire {

/// Why bytes are no message; thrown here, and made a DataError by whoever knows the record.
struct Malformed {
  const char* reason;
};

enum class Type : std::uint8_t { varint, fixed64, bytes, group_begin, group_end, fixed32 };

/// The tag of field `number`, as it is on the wire.
[[nodiscard]] constexpr std::uint32_t tag(std::uint32_t number, Type type) noexcept {
  return number << 3 | static_cast<std::uint32_t>(type);
}

/// Reads one message from its first field to its last.
class Cursor {
 public:
  explicit Cursor(std::string_view message) noexcept
      : at_(message.data()), end_(message.data() + message.size()) {}

  [[nodiscard]] bool done() const noexcept { return at_ == end_; }
  [[nodiscard]] const char* position() const noexcept { return at_; }

  /// The tag of the next field. Its value must be read or skipped next.
  [[nodiscard]] std::uint32_t tag() {
    const auto first = done() ? std::uint8_t{0} : static_cast<std::uint8_t>(*at_);
    if (first < 8 || first >= 0x80) return long_tag();
    ++at_;
    return first;
  }

  [[nodiscard]] std::uint64_t varint() {
    const auto first = done() ? std::uint8_t{0x80} : static_cast<std::uint8_t>(*at_);
    if (first >= 0x80) return long_varint();
    ++at_;
    return first;
  }

  /// A string, a message, or packed numbers.
  [[nodiscard]] std::string_view bytes() { return take(varint()); }

  [[nodiscard]] std::string_view fixed32() { return take(4); }

  /// Skips the value of a field that nobody asked for; a group with all that is in it.
  void skip(std::uint32_t tag);

 private:
  [[nodiscard]] std::uint64_t long_varint();
  [[nodiscard]] std::uint32_t long_tag();
  void skip_group(std::uint32_t number);

  std::string_view take(std::uint64_t count) {
    if (count > static_cast<std::uint64_t>(end_ - at_)) {
      throw Malformed{"a length runs past the end"};
    }
    const std::string_view taken(at_, static_cast<std::size_t>(count));
    at_ += count;
    return taken;
  }

  const char* at_;
  const char* end_;
};

}  // namespace seqfeat::wire
