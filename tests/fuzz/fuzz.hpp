// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <string>
#include <string_view>

#include "seqfeat/features.hpp"
#include "seqfeat/ragged.hpp"

// What every target uses: a promise that does not hold ends the process, as a crash would.

namespace seqfeat::fuzz {

/// Ends the process unless `kept`.
inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

/// What is said about an input may quote it, but does not grow beyond it.
inline void promise_short(const std::exception& refusal, std::size_t input) {
  constexpr std::size_t kWords = 1024;
  promise(std::strlen(refusal.what()) <= kWords + 2 * input, "a message is short");
}

/// A file in memory with these bytes; its path stays the same.
inline std::string file_with(std::string_view bytes) {
  static const int kFile = ::memfd_create("input", MFD_CLOEXEC);
  promise(kFile >= 0 && ::ftruncate(kFile, 0) == 0 &&
              ::pwrite(kFile, bytes.data(), bytes.size(), 0) == std::ssize(bytes),
          "there is a file");
  return "/proc/self/fd/" + std::to_string(kFile);
}

/// An input whose first byte chooses how the rest is read.
struct Input {
  Input(const std::uint8_t* data, std::size_t size)
      : mode(size > 0 ? data[0] : std::uint8_t{0}),
        rest(reinterpret_cast<const char*>(data) + (size > 0 ? 1 : 0), size - (size > 0 ? 1 : 0)) {}

  std::uint8_t mode;
  std::string_view rest;
};

/// All offsets and values of a batch as text, to compare batches by.
inline std::string dump(const RaggedView& view) {
  std::string out;
  const auto add = [&out](std::int64_t number) {
    out.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    add(view.row_offsets[row + 1]);
    for (std::int64_t s = view.row_offsets[row]; s < view.row_offsets[row + 1]; ++s) {
      add(view.first_value(s + 1) - view.first_value(s));
    }
  }
  const auto* data = static_cast<const char*>(view.data);
  if (view.dtype != DType::string) {
    const auto size = static_cast<std::size_t>(view.value_count * size_of(view.dtype));
    return size == 0 ? out : out.append(data, size);
  }
  for (std::int64_t i = 0; i < view.value_count; ++i) {
    const std::int64_t begin = view.byte_offsets[i];
    add(view.byte_offsets[i + 1] - begin);
    out.append(data + begin, static_cast<std::size_t>(view.byte_offsets[i + 1] - begin));
  }
  return out;
}

/// All features, after their offsets were checked; each has `rows` rows.
inline std::string dump(const Features& features, std::int64_t rows) {
  std::string out;
  for (const auto& [key, view] : features.views()) {
    validate(view, key);
    promise(view.rows() == rows, "every feature has a row for every record");
    out += key + '\0' + dump(view);
  }
  return out;
}

/// The integer at `i`, extended to 64 bits by its type's sign.
inline std::int64_t integer_at(const RaggedView& view, std::int64_t i) {
  const auto size = static_cast<std::size_t>(size_of(view.dtype));
  std::uint64_t bits = 0;
  std::memcpy(&bits, static_cast<const char*>(view.data) + static_cast<std::size_t>(i) * size,
              size);
  const auto unused = 64 - 8 * size;
  if (is_unsigned(view.dtype)) return static_cast<std::int64_t>(bits);
  return static_cast<std::int64_t>(bits << unused) >> unused;
}

/// The string at `i`.
inline std::string_view string_at(const RaggedView& view, std::int64_t i) {
  const std::int64_t begin = view.byte_offsets[i];
  return {static_cast<const char*>(view.data) + begin,
          static_cast<std::size_t>(view.byte_offsets[i + 1] - begin)};
}

}  // namespace seqfeat::fuzz
