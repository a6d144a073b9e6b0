// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "run/part.hpp"

// What a part's `__metadata__` holds beside what the whole run was made from: written by
// `write_part`, compared by `proven_part`.

namespace seqfeat::run {

inline constexpr const char* kDataCrcKey = "data_crc32c";
/// Of the header's JSON in which this CRC itself is zeros.
inline constexpr const char* kHeaderCrcKey = "header_crc32c";

/// `made` and what belongs to one part, with zeros for the header's CRC. Of the same size for every
/// `data_crc32c`.
[[nodiscard]] Metadata part_metadata(Metadata made, const PartSource& source, const PartInfo& info,
                                     std::uint32_t data_crc32c);

/// The CRC as it stands there: ten digits.
[[nodiscard]] std::string crc_text(std::uint32_t crc32c);

/// The CRC of a header's JSON, whatever it says of its own CRC.
[[nodiscard]] std::uint32_t header_crc(std::string json);

}  // namespace seqfeat::run
