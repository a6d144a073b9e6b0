// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "wire/cursor.hpp"

// Feature { oneof kind { BytesList bytes = 1; FloatList floats = 2; Int64List integers = 3; } },
// each list with `repeated value = 1`; numbers packed or not, in any mixture.
//
// A sink takes the values: `value(std::string_view)`, `value(float)`,
// `values(std::span<const std::int64_t>)`. `usual_strings` may take any number of strings from the
// front of a list and returns where the list goes on. `wants(Kind)` says whether the sink needs
// values of a kind; `restart()` drops all it was given.

namespace seqfeat::wire {

/// What a feature holds; the number of its field.
enum class Kind : std::uint8_t { none, strings, floats, integers };

/// Reads values to check their form and drops them.
struct Discard {
  void value(std::string_view) const noexcept {}
  void value(float) const noexcept {}
  void values(std::span<const std::int64_t>) const noexcept {}
  [[nodiscard]] static const char* usual_strings(std::string_view list) noexcept {
    return list.data();
  }
  void restart() const noexcept {}
  [[nodiscard]] static bool wants(Kind) noexcept { return true; }
};

template <class Sink>
void read_strings(std::string_view list, Sink& sink) {
  for (Cursor in(list);;) {
    in.go_to(sink.usual_strings(in.rest()));
    if (in.done()) return;
    const std::uint32_t next = in.tag();
    if (next == tag(1, Type::bytes)) {
      sink.value(in.bytes());
    } else {
      in.skip(next);
    }
  }
}

template <class Sink>
void read_packed_floats(std::string_view packed, Sink& sink) {
  if (packed.size() % sizeof(float) != 0) throw Malformed{"packed floats are cut"};
  for (; !packed.empty(); packed.remove_prefix(sizeof(float))) {
    float value = 0;
    std::memcpy(&value, packed.data(), sizeof value);
    sink.value(value);
  }
}

template <class Sink>
void read_floats(std::string_view list, Sink& sink) {
  for (Cursor in(list); !in.done();) {
    const std::uint32_t next = in.tag();
    if (next == tag(1, Type::bytes)) {
      read_packed_floats(in.bytes(), sink);
    } else if (next == tag(1, Type::fixed32)) {
      read_packed_floats(in.fixed32(), sink);
    } else {
      in.skip(next);
    }
  }
}

template <class Sink>
void read_packed_integers(std::string_view packed, Sink& sink) {
  std::array<std::int64_t, 64> values;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (Cursor in(packed); !in.done();) {
    std::size_t count = 0;
    while (count < values.size() && !in.done()) {
      values[count++] = static_cast<std::int64_t>(in.varint());
    }
    sink.values(std::span(values).first(count));
  }
}

template <class Sink>
void read_integers(std::string_view list, Sink& sink) {
  for (Cursor in(list); !in.done();) {
    const std::uint32_t next = in.tag();
    if (next == tag(1, Type::bytes)) {
      read_packed_integers(in.bytes(), sink);
    } else if (next == tag(1, Type::varint)) {
      const auto value = static_cast<std::int64_t>(in.varint());
      sink.values({&value, 1});
    } else {
      in.skip(next);
    }
  }
}

template <class Sink>
void read_list(Kind kind, std::string_view list, Sink& sink) {
  if (kind == Kind::strings) {
    read_strings(list, sink);
  } else if (kind == Kind::floats) {
    read_floats(list, sink);
  } else {
    read_integers(list, sink);
  }
}

/// The kind of the list whose tag this is, or none.
[[nodiscard]] constexpr Kind kind_of(std::uint32_t field) noexcept {
  const bool list = field >= tag(1, Type::bytes) && field <= tag(3, Type::bytes) &&
                    (field & 7) == static_cast<std::uint32_t>(Type::bytes);
  return list ? static_cast<Kind>(field >> 3) : Kind::none;
}

/// The kind of a oneof, which is the last one in the message.
struct LastKind {
  Kind kind;
  const char* begin;     ///< Where the lists of that kind begin.
  bool changed = false;  ///< The lists before this part do not count.
};
[[nodiscard]] inline LastKind last_kind(std::string_view feature, Kind before) {
  LastKind last{before, feature.data()};
  for (Cursor in(feature); !in.done();) {
    const char* const begin = in.position();
    const std::uint32_t next = in.tag();
    const Kind kind = kind_of(next);
    in.skip(next);
    if (kind != Kind::none && kind != last.kind) last = {kind, begin, true};
  }
  return last;
}

/// Reads a Feature, or a further part of one that was of kind `before`, and returns its kind.
/// Lists of one kind in a row are joined; those before another kind do not count.
template <class Sink>
Kind read_feature(std::string_view feature, Kind before, Sink& sink) {
  const LastKind last = last_kind(feature, before);
  if (before != Kind::none && last.changed) sink.restart();
  for (Cursor in(feature); !in.done();) {
    const char* const begin = in.position();
    const std::uint32_t next = in.tag();
    const Kind kind = kind_of(next);
    if (kind == Kind::none) {
      in.skip(next);
    } else if (begin >= last.begin && sink.wants(kind)) {
      read_list(kind, in.bytes(), sink);
    } else {
      Discard nothing;
      read_list(kind, in.bytes(), nothing);
    }
  }
  return last.kind;
}

/// Checks the form of a Feature and drops its values.
inline void check_feature(std::string_view feature) {
  Discard nothing;
  read_feature(feature, Kind::none, nothing);
}

}  // namespace seqfeat::wire
