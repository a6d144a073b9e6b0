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

/// Writes a safetensors file. Some of its metadata may become known while the tensors are written.
///
/// Throws   As `write_safetensors`, as all members do.
class SafetensorsWriter {
 public:
  using Tensors = std::span<const std::pair<std::string, TensorView>>;
  using Metadata = std::map<std::string, std::string>;

  /// Writes header and tensors under a temporary name. Ends early once `stop` is requested; the
  /// file must not be committed then.
  SafetensorsWriter(const std::filesystem::path& file, Tensors tensors, const Metadata& metadata,
                    const std::stop_token& stop = {});

  /// CRC-32C of the bytes of all tensors, in their order.
  [[nodiscard]] std::uint32_t data_crc32c() const noexcept { return data_crc32c_; }

  /// Replaces the metadata by others of the same length. `tensors` must be the same.
  void replace(Tensors tensors, const Metadata& metadata);

  /// Brings the file to the disk, under its temporary name. Returns its size and CRC-32C.
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
