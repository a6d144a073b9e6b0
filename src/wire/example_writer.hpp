// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "wire/cursor.hpp"
#include "wire/feature.hpp"

// tf.Examples and tf.SequenceExamples, written field by field into strings.

namespace seqfeat::wire {

inline void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

/// Appends field `number`, which holds `bytes`: a string, a message, or packed numbers.
inline void append_bytes(std::string& out, std::uint32_t number, std::string_view bytes) {
  append_varint(out, tag(number, Type::bytes));
  append_varint(out, bytes.size());
  out += bytes;
}

/// The list inside a Feature, value by value.
class ListWriter {
 public:
  void value(std::string_view text) { append_bytes(list_, 1, text); }
  void value(std::int64_t number) { append_varint(list_, static_cast<std::uint64_t>(number)); }
  void value(float number) {
    list_.append(sizeof number, '\0');
    std::memcpy(list_.data() + list_.size() - sizeof number, &number, sizeof number);
  }

  /// The Feature with what was added as a list of `kind`; starts anew.
  [[nodiscard]] std::string feature(Kind kind) {
    std::string list;
    if (kind == Kind::strings) {
      list = list_;
    } else if (!list_.empty()) {
      append_bytes(list, 1, list_);  // packed
    }
    list_.clear();
    std::string feature;
    append_bytes(feature, static_cast<std::uint32_t>(kind), list);
    return feature;
  }

 private:
  std::string list_;
};

/// Appends the entry (`key`, `value`) to a map: Features or FeatureLists.
inline void append_entry(std::string& map, std::string_view key, std::string_view value) {
  std::string entry;
  append_bytes(entry, 1, key);
  append_bytes(entry, 2, value);
  append_bytes(map, 1, entry);
}

}  // namespace seqfeat::wire
