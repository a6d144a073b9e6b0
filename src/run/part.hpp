// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "run/made_from.hpp"
#include "run/part_form.hpp"
#include "seqfeat/batch.hpp"
#include "seqfeat/example.hpp"
#include "seqfeat/layer_options.hpp"

namespace seqfeat::run {

/// The input of a part, known before the part is computed.
struct PartSource {
  std::int64_t index = 0;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  std::int64_t tokens = 0;
  std::vector<std::string> inputs{};        ///< `name:first_record:records` of every file.
  std::vector<std::uint32_t> input_crcs{};  ///< CRC-32C of all records up to each one.
};

/// A batch on its way to a file.
struct Part {
  PartSource source;
  std::vector<std::vector<Scalar>> kept{};
  std::unique_ptr<Batch> batch{};
  std::int64_t bytes = 0;  ///< Of its tensors, as the budget counts them.
};

/// What is known of a written part.
struct PartInfo {
  std::string file;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  std::int64_t tokens = 0;
  std::int64_t steps = 0;  ///< In its rows, after truncation.
  std::int64_t slots = 0;  ///< Steps of its padded tensors: B * T, or 0.
  std::int64_t bytes = 0;
  std::uint32_t crc32c = 0;
};

/// How parts end: our own, and those of a `PartForm`.
inline constexpr std::array<std::string_view, 4> kPartEndings{".safetensors", ".parquet", ".arrow",
                                                              ".npz"};

/// "part-00000.safetensors".
[[nodiscard]] std::string part_name(std::int64_t index,
                                    std::string_view ending = kPartEndings.front());
/// The ending of such a name.
[[nodiscard]] std::string_view ending_of(std::string_view part) noexcept;
/// The file beside a part of another ending that holds its metadata.
[[nodiscard]] std::string proof_name(std::string_view part);
/// The index in such a name; nothing for other names.
[[nodiscard]] std::optional<std::int64_t> part_index(std::string_view name);

// The `__metadata__` of a part: `write_part` writes it, `proven_part` checks it. It holds what the
// run was made from and what `part_metadata` adds.

inline constexpr const char* kDataCrcKey = "data_crc32c";
/// The CRC of the header's JSON with zeros in place of this CRC itself.
inline constexpr const char* kHeaderCrcKey = "header_crc32c";

/// `made` and the data of one part, with zeros for the CRC of the header. Its size does not depend
/// on `data_crc32c`.
[[nodiscard]] Metadata part_metadata(Metadata made, const PartSource& source, const PartInfo& info,
                                     std::uint32_t data_crc32c);

/// A CRC as metadata hold it: ten digits.
[[nodiscard]] std::string crc_text(std::uint32_t crc32c);

/// The CRC of a header's JSON, with zeros in place of the CRC inside.
[[nodiscard]] std::uint32_t header_crc(std::string json);

/// Gives every NaN the bits 0x7fc00000, so that files do not depend on the processor. Skips the
/// padding, which stands at `side` and holds no NaN.
void unify_nans(const Batch& batch, PaddingSide side);

/// Writes a part, whole or not at all, as safetensors or in `form`, if it is not null. Calls
/// `before_rename` when the part is whole under a temporary name; if that throws, no file is left.
/// Returns nothing, and leaves no file, if the run was stopped before the hashes of its tables were
/// known.
///
/// Throws   IoError naming the file and the system's reason.
[[nodiscard]] std::optional<PartInfo> write_part(
    const std::filesystem::path& directory, const Part& part, const EmitSet& emit,
    const std::vector<std::string>& keep, const MadeFrom& made, PartForm* form,
    const std::function<void(const PartInfo&)>& before_rename);

}  // namespace seqfeat::run
