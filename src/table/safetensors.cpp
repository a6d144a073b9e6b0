// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "seqfeat/error.hpp"
#include "spec/json_tree.hpp"
#include "table/mapped_file.hpp"
#include "table/safetensors_header.hpp"
#include "table/safetensors_types.hpp"

// Reads safetensors files: all sizes are compared with the file's before anything is used.

namespace seqfeat {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = 100'000'000;  // as the format's own library
static_assert(std::endian::native == std::endian::little, "the length is copied as it is stored");

}  // namespace

std::string_view safetensors_header_text(std::span<const std::byte> bytes,
                                         const std::string& file) {
  if (bytes.size() < kLengthBytes) {
    throw DataError(file + ": has " + std::to_string(bytes.size()) +
                    " bytes, too few for a safetensors file");
  }
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  const std::uint64_t rest = bytes.size() - kLengthBytes;
  if (length > rest || length > kMaxHeaderBytes) {
    throw DataError(file + ": the header claims " + std::to_string(length) +
                    " bytes, expected at most " + std::to_string(std::min(rest, kMaxHeaderBytes)) +
                    "; is it a safetensors file, and whole?");
  }
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes,
                                static_cast<std::size_t>(length));
  if (!header.starts_with('{')) throw DataError(file + ": the header must begin with '{'");
  return header;
}

namespace {

/// The tensors must tile the bytes behind the header, without gap, overlap or rest.
void check_layout(const SafetensorsHeader& header, std::int64_t size, const std::string& file) {
  std::vector<const std::pair<const std::string, TensorEntry>*> order;
  for (const auto& tensor : header.tensors) order.push_back(&tensor);
  std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  std::int64_t at = 0;
  for (const auto* tensor : order) {
    const auto& [begin, end] = std::pair(tensor->second.begin, tensor->second.end);
    if (begin != at || end > size) {
      throw DataError(file + ": tensor '" + shortened(tensor->first) + "': data_offsets [" +
                      std::to_string(begin) + ", " + std::to_string(end) + "], expected " +
                      (begin != at
                           ? "to begin at " + std::to_string(at) + ", where the one before ends"
                           : "to end within the " + std::to_string(size) + " bytes there are"));
    }
    at = end;
  }
  if (at != size) {
    throw DataError(file + ": the tensors end at byte " + std::to_string(at) + " of " +
                    std::to_string(size) + " behind the header, expected to fill them");
  }
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::span<const std::byte> bytes, const std::string& name) {
  const std::string_view text = safetensors_header_text(bytes, name);
  SafetensorsHeader header = parse_safetensors_header(text, name);
  const auto data = bytes.subspan(kLengthBytes + text.size());
  check_layout(header, static_cast<std::int64_t>(data.size()), name);
  for (auto& [key, entry] : header.tensors) {
    const auto tensor = data.subspan(static_cast<std::size_t>(entry.begin),
                                     static_cast<std::size_t>(entry.end - entry.begin));
    tensors_.emplace_hint(tensors_.end(), key,
                          TensorView{std::move(entry.dtype), std::move(entry.shape), tensor});
  }
  metadata_ = std::move(header.metadata);
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& file) {
  MappedFile mapped = map_file(file);
  *this = SafetensorsFile(mapped.bytes, file.string());
  mapping_ = std::move(mapped.keeper);
}

}  // namespace seqfeat
