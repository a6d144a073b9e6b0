// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <utility>

#include "io/atomic_file.hpp"
#include "seqfeat/safetensors.hpp"

namespace seqfeat {

/// Writes a safetensors file some of whose metadata are known only when its tensors are written.
///
/// Throws   As `write_safetensors`, as all members do.
class SafetensorsWriter {
 public:
  using Tensors = std::span<const std::pair<std::string, TensorView>>;
  using Metadata = std::map<std::string, std::string>;

  /// Writes header and tensors under a temporary name. Once `stop` is requested it writes no
  /// further, and the file must not be committed.
  SafetensorsWriter(const std::filesystem::path& file, Tensors tensors, const Metadata& metadata,
                    const std::stop_token& stop = {});

  /// CRC-32C of all tensors' bytes, one behind the other.
  [[nodiscard]] std::uint32_t data_crc32c() const noexcept { return data_crc32c_; }

  /// Replaces the metadata by others whose texts are as long. `tensors` are those of before.
  void replace(Tensors tensors, const Metadata& metadata);

  /// Brings the file to the disk, still under its temporary name. Size and CRC-32C of the file.
  [[nodiscard]] WrittenFile sync();

  /// Gives it its name.
  void commit() { out_.commit(); }

 private:
  AtomicFile out_;
  std::string header_;
  std::int64_t data_bytes_ = 0;
  std::uint32_t data_crc32c_ = 0;
};

}  // namespace seqfeat
