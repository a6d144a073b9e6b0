// SPDX-License-Identifier: Apache-2.0
#include "tests/ptx/runtime/fat_binary.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>

// The layout is documented nowhere; these are the fields that we need, as nvcc 13 writes them. What
// does not look like them is refused.

namespace ptx {
namespace {

struct Wrapper {
  std::uint32_t magic;
  std::uint32_t version;
  const std::byte* data;
};
constexpr std::uint32_t kWrapperMagic = 0x466243b1;

struct Header {
  std::uint32_t magic;
  std::uint16_t version;
  std::uint16_t header_bytes;
  std::uint64_t bytes;  // of the entries behind the header
};
constexpr std::uint32_t kHeaderMagic = 0xba55ed50;

struct Entry {
  std::uint16_t kind;
  std::uint16_t version;
  std::uint32_t header_bytes;
  std::uint64_t bytes;  // behind the entry's header, padding included
  std::uint32_t compressed_bytes;
  std::uint32_t options_offset;
  std::uint16_t minor;
  std::uint16_t major;
  std::uint32_t architecture;
};
constexpr std::uint16_t kKindPtx = 1;

template <class T>
T read(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

std::string text_of(const Entry& entry, const std::byte* payload) {
  std::string text(reinterpret_cast<const char*>(payload), entry.bytes);
  text.resize(std::min(text.find('\0'), text.size()));
  if (text.find(".version") == std::string::npos) {
    throw std::runtime_error("fat binary: the PTX for sm_" + std::to_string(entry.architecture) +
                             " is no text, expected nvcc to be run with --no-compress");
  }
  return text;
}

}  // namespace

PtxText newest_ptx(const void* wrapper) {
  const auto outer = read<Wrapper>(static_cast<const std::byte*>(wrapper));
  if (outer.magic != kWrapperMagic) throw std::runtime_error("fat binary: unknown wrapper");
  const auto header = read<Header>(outer.data);
  if (header.magic != kHeaderMagic) throw std::runtime_error("fat binary: unknown header");
  PtxText newest;
  const std::byte* at = outer.data + header.header_bytes;
  for (const std::byte* const end = at + header.bytes; at < end;) {
    const auto entry = read<Entry>(at);
    if (entry.header_bytes < sizeof(Entry) || entry.bytes > header.bytes) {
      throw std::runtime_error("fat binary: an entry of impossible size");
    }
    if (entry.kind == kKindPtx && entry.architecture > newest.architecture) {
      newest = {entry.architecture, text_of(entry, at + entry.header_bytes)};
    }
    at += entry.header_bytes + entry.bytes;
  }
  return newest;
}

}  // namespace ptx
