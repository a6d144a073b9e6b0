// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <string>

#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "spec/json_text.hpp"
#include "table/safetensors_types.hpp"
#include "table/safetensors_writer.hpp"
#include "table/stoppable.hpp"

namespace seqfeat {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why) {
  throw InvalidArgument("tensor '" + name + "': " + why);
}

void check_tensor(const std::string& name, const TensorView& tensor) {
  if (name == kMetadataKey) refuse(name, "the name belongs to the metadata");
  if (!bytes_of_dtype(tensor.dtype)) refuse(name, "unknown dtype '" + tensor.dtype + "'");
  const auto bytes = bytes_of_tensor(tensor.dtype, tensor.shape);
  const std::string described = describe_tensor(tensor.dtype, tensor.shape);
  if (!bytes) refuse(name, described + " has a negative size or too many bytes");
  if (static_cast<std::uint64_t>(*bytes) != tensor.data.size()) {
    refuse(name, described + " is " + std::to_string(*bytes) + " bytes, got data of " +
                     std::to_string(tensor.data.size()));
  }
}

std::string entry_of(const TensorView& tensor, std::int64_t begin, std::int64_t end) {
  std::string out = R"({"dtype":")" + tensor.dtype + R"(","shape":[)";
  for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
    if (i > 0) out += ',';
    out += std::to_string(tensor.shape[i]);
  }
  return out + R"(],"data_offsets":[)" + std::to_string(begin) + ',' + std::to_string(end) + "]}";
}

std::string entry_of(const std::map<std::string, std::string>& metadata) {
  std::string out = "{";
  for (const auto& [key, value] : metadata) {
    if (out.size() > 1) out += ',';
    out += json_string(key) + ':' + json_string(value);
  }
  return out + '}';
}

}  // namespace

std::string safetensors_header(std::span<const std::pair<std::string, TensorView>> tensors,
                               const std::map<std::string, std::string>& metadata) {
  std::string json = "{";
  if (!metadata.empty()) json += json_string(kMetadataKey) + ':' + entry_of(metadata);
  std::set<std::string_view> names;
  std::int64_t at = 0;
  for (const auto& [name, tensor] : tensors) {
    check_tensor(name, tensor);
    if (!names.insert(name).second) refuse(name, "appears twice");
    std::int64_t end = 0;
    if (__builtin_add_overflow(at, static_cast<std::int64_t>(tensor.data.size()), &end)) {
      refuse(name, "the file would have more bytes than an int64 can count");
    }
    if (json.size() > 1) json += ',';
    json += json_string(name) + ':' + entry_of(tensor, at, end);
    at = end;
  }
  json += '}';
  json.append((8 - json.size() % 8) % 8, ' ');
  const auto length = std::bit_cast<std::array<char, kLengthBytes>>(std::uint64_t{json.size()});
  return std::string(length.begin(), length.end()) + json;
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& file, Tensors tensors,
                                     const Metadata& metadata, const std::stop_token& stop)
    : out_(file), header_(safetensors_header(tensors, metadata)) {
  // Block by block, so that a block is still in the caches when the system copies it.
  constexpr std::size_t kBlock = std::size_t{256} << 10;
  out_.write(header_);
  for (const auto& [name, tensor] : tensors) {
    data_bytes_ += static_cast<std::int64_t>(tensor.data.size());
    for (auto rest = tensor.data; !rest.empty() && !stop.stop_requested();) {
      const auto block = rest.first(std::min(rest.size(), kBlock));
      data_crc32c_ = crc32c(block, data_crc32c_);
      out_.write(block);
      rest = rest.subspan(block.size());
    }
  }
}

void SafetensorsWriter::replace(Tensors tensors, const Metadata& metadata) {
  std::string header = safetensors_header(tensors, metadata);
  if (header.size() != header_.size()) {
    throw InvalidArgument("metadata: got a header of " + std::to_string(header.size()) +
                          " bytes, expected " + std::to_string(header_.size()) + " as before");
  }
  header_ = std::move(header);
  out_.replace_front(header_);
}

WrittenFile SafetensorsWriter::sync() {
  out_.sync();
  const auto header_bytes = static_cast<std::int64_t>(header_.size());
  const std::uint32_t header_crc = crc32c(std::as_bytes(std::span(header_)));
  return {header_bytes + data_bytes_,
          crc32c_of_both(header_crc, data_crc32c_, static_cast<std::size_t>(data_bytes_))};
}

WrittenFile write_safetensors(const std::filesystem::path& file,
                              std::span<const std::pair<std::string, TensorView>> tensors,
                              const std::map<std::string, std::string>& metadata) {
  return *detail::write_safetensors(file, tensors, metadata, {});
}

std::optional<WrittenFile> detail::write_safetensors(
    const std::filesystem::path& file, std::span<const std::pair<std::string, TensorView>> tensors,
    const std::map<std::string, std::string>& metadata, const std::stop_token& stop) {
  SafetensorsWriter writer(file, tensors, metadata, stop);
  if (stop.stop_requested()) return std::nullopt;
  const WrittenFile written = writer.sync();
  writer.commit();
  return written;
}

}  // namespace seqfeat
