// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

// Protobuf's wire format: a message is a sequence of fields, each a tag (number * 8 + wire type)
// and a value. Every length is compared with the bytes that are left before anything relies on it.

namespace seqfeat::wire {

/// Why bytes are not a message. The caller knows the record and makes it a DataError.
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
  /// What has not been read.
  [[nodiscard]] std::string_view rest() const noexcept {
    return {at_, static_cast<std::size_t>(end_ - at_)};
  }
  /// Continues at a later field, after the caller has read `rest` up to it.
  void go_to(const char* position) noexcept { at_ = position; }

  /// The tag of the next field. Its value must be read or skipped next.
  [[nodiscard]] std::uint32_t tag() {
    const auto first = done() ? std::uint8_t{0} : static_cast<std::uint8_t>(*at_);
    if (first < 8 || first >= 0x80) return static_cast<std::uint32_t>(go_on(long_tag(at_, end_)));
    ++at_;
    return first;
  }

  [[nodiscard]] std::uint64_t varint() {
    // Up to eight bytes without a branch between them: numbers mix sizes.
    if (end_ - at_ < 8) return number<long_varint>();
    std::uint64_t word = 0;
    std::memcpy(&word, at_, sizeof word);
    const std::uint64_t ends = ~word & 0x8080808080808080U;
    if (ends == 0) return go_on(long_varint(at_, end_));
    at_ += (std::countr_zero(ends) + 1) / 8;
    return joined(word & (ends ^ (ends - 1)));  // up to the first end
  }

  /// A string, a message, or packed numbers.
  [[nodiscard]] std::string_view bytes() { return take(number<long_length>()); }

  [[nodiscard]] std::string_view fixed32() { return take(4); }

  /// Skips the value of a field; of a group everything inside it.
  void skip(std::uint32_t tag) {
    if ((tag & 7) == static_cast<std::uint32_t>(Type::bytes)) {
      (void)bytes();
    } else {
      at_ = skip_other(at_, end_, tag);
    }
  }

 private:
  static_assert(std::endian::native == std::endian::little,
                "numbers are copied as they are stored");

  // Rare cases are read out of line. They take and return values, not the cursor's address, so that
  // the cursor stays in registers.
  struct Number {
    std::uint64_t value;
    const char* end;
  };
  [[nodiscard]] static Number long_varint(const char* at, const char* end);
  [[nodiscard]] static Number long_tag(const char* at, const char* end);
  [[nodiscard]] static Number long_length(const char* at, const char* end);
  [[nodiscard]] static const char* skip_other(const char* at, const char* end, std::uint32_t tag);
  void skip_group(std::uint32_t number);

  /// The seven low bits of each byte side by side.
  [[nodiscard]] static std::uint64_t joined(std::uint64_t bytes) noexcept {
    bytes = (bytes & 0x007f007f007f007fU) | (bytes >> 1 & 0x3f803f803f803f80U);
    bytes = (bytes & 0x00003fff00003fffU) | (bytes >> 2 & 0x0fffc0000fffc000U);
    return (bytes & 0x000000000fffffffU) | (bytes >> 4 & 0x00fffffff0000000U);
  }

  /// A varint, read with branches: the processor predicts its size and goes on with what follows.
  /// `kLong` reads varints of more than two bytes.
  template <Number (*kLong)(const char*, const char*)>
  [[nodiscard]] std::uint64_t number() {
    if (end_ - at_ < 2) return go_on(kLong(at_, end_));
    const auto first = static_cast<std::uint8_t>(at_[0]);
    if (first < 0x80) {
      ++at_;
      return first;
    }
    const auto second = static_cast<std::uint8_t>(at_[1]);
    if (second >= 0x80) return go_on(kLong(at_, end_));
    at_ += 2;
    return (first & 0x7fU) | std::uint64_t{second} << 7;
  }

  std::uint64_t go_on(Number number) noexcept {
    at_ = number.end;
    return number.value;
  }

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
