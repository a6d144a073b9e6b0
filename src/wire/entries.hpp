// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "spec/utf8.hpp"
#include "wire/cursor.hpp"

// map<string, V> on the wire: `repeated Entry { string key = 1; V value = 2; } = 1`.

namespace seqfeat::wire {

/// Where records hold their maps: an Example and a SequenceExample have features (in the latter
/// they are called context), a SequenceExample also has feature lists.
inline constexpr std::uint32_t kFeatures = 1;
inline constexpr std::uint32_t kFeatureLists = 2;

/// Calls `visit` with the bytes of every field `number` of `message` that holds bytes.
template <class Visit>
void for_each(std::string_view message, std::uint32_t number, const Visit& visit) {
  for (Cursor in(message); !in.done();) {
    const std::uint32_t next = in.tag();
    if (next == tag(number, Type::bytes)) {
      visit(in.bytes());
    } else {
      in.skip(next);
    }
  }
}

/// Calls `visit(key, entry)` for every entry of the map in field `number` of `message`, in the
/// order on the wire. The map may come in parts. An entry may hold several keys: the last one
/// counts, and each must be UTF-8.
template <class Visit>
void for_each_entry(std::string_view message, std::uint32_t number, const Visit& visit) {
  for_each(message, number, [&](std::string_view map) {
    for_each(map, 1, [&](std::string_view entry) {
      std::string_view key;
      for_each(entry, 1, [&](std::string_view text) {
        if (!is_utf8(text)) throw Malformed{"a key is not UTF-8"};
        key = text;
      });
      visit(key, entry);
    });
  });
}

/// Calls `visit` with the parts of an entry's value; a message in parts is joined.
template <class Visit>
void for_each_part(std::string_view entry, const Visit& visit) {
  for_each(entry, 2, visit);
}

}  // namespace seqfeat::wire
