// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "run/part.hpp"

// The `__metadata__` of a part: `write_part` writes it, `proven_part` checks it. It holds what the
// run was made from and what follows here.

namespace seqfeat::run {

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

}  // namespace seqfeat::run
