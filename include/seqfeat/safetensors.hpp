// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

// The safetensors format: an 8 byte header length, a JSON header, then the tensors' bytes.

namespace seqfeat {

/// A tensor of a file, or to be written to one.
struct TensorView {
  std::string dtype;                ///< "F32", "I64", "BOOL", …
  std::vector<std::int64_t> shape;  ///< Row-major.
  std::span<const std::byte> data;
};

/// A safetensors file in memory, checked: sizes, overlaps, gaps, dtypes, JSON.
class SafetensorsFile {
 public:
  /// Maps and checks `file`; tensors are read only where they are touched. Nobody may shorten the
  /// file while it is in use.
  ///
  /// Throws   DataError naming the file, the tensor and what is wrong.
  explicit SafetensorsFile(const std::filesystem::path& file);
  /// Checks memory that outlives the object; `name` stands for the file in messages.
  SafetensorsFile(std::span<const std::byte> bytes, const std::string& name);

  [[nodiscard]] const std::map<std::string, TensorView, std::less<>>& tensors() const noexcept {
    return tensors_;
  }
  [[nodiscard]] const std::map<std::string, std::string, std::less<>>& metadata() const noexcept {
    return metadata_;
  }
  /// Keeps the mapping alive; null where the file was given as memory.
  [[nodiscard]] std::shared_ptr<void> keeper() const noexcept { return mapping_; }

 private:
  std::shared_ptr<void> mapping_;
  std::map<std::string, TensorView, std::less<>> tensors_;
  std::map<std::string, std::string, std::less<>> metadata_;
};

/// Makes the header of a file with these tensors in this order: the length and the JSON, padded
/// with spaces to a multiple of 8 bytes. Equal arguments give equal bytes.
///
/// Throws   InvalidArgument naming the tensor: unknown dtype, sizes that do not match its data,
///          names that are not UTF-8 or used twice.
[[nodiscard]] std::string safetensors_header(
    std::span<const std::pair<std::string, TensorView>> tensors,
    const std::map<std::string, std::string>& metadata);

/// What was written.
struct WrittenFile {
  std::int64_t bytes = 0;
  std::uint32_t crc32c = 0;
};

/// Writes a file: temporary name, fsync, rename. Returns its size and the CRC-32C of its bytes.
///
/// Throws   InvalidArgument as `safetensors_header` does; IoError naming the file and the system's
///          reason; nothing is left behind then.
WrittenFile write_safetensors(const std::filesystem::path& file,
                              std::span<const std::pair<std::string, TensorView>> tensors,
                              const std::map<std::string, std::string>& metadata);

}  // namespace seqfeat
