// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>

#include "run/options.hpp"
#include "run/tables.hpp"

// What a part was made from, so that --resume can tell whether going on makes sense.

namespace seqfeat::run {

/// Names and values that stand in the `__metadata__` of every part and in the manifest.
using MadeFrom = std::map<std::string, std::string>;

/// Hashes of the canonical spec and the tables, batch size, emit, keep, format, and the inputs'
/// names and sizes.
[[nodiscard]] MadeFrom made_from(const RunOptions& options, const Tables& tables);

/// A hash of a table's bytes, the same on every machine. Of more than 64 MiB it reads a sample of
/// blocks, evenly spread, so that a mapped table is not read whole.
[[nodiscard]] std::string hash_of_table(std::span<const std::byte> bytes);

/// Throws InvalidArgument naming the first thing in which `found`, at `place`, differs from
/// `expected`.
void check_same(const MadeFrom& expected, const MadeFrom& found, const std::string& place);

}  // namespace seqfeat::run
