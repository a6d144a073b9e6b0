// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <stop_token>

#include "run/options.hpp"
#include "seqfeat/backend.hpp"

// From files to parts: reading and parsing, computing, and writing overlap, each in its own thread.

namespace seqfeat::run {

/// How far a run is; may be read while it runs.
struct Progress {
  std::atomic<std::int64_t> rows{0};    ///< Rows in parts that are written.
  std::atomic<std::int64_t> tokens{0};  ///< Tokens in them.
  std::atomic<std::int64_t> bytes{0};   ///< Bytes of input rows that are read.
};

/// How a run ended.
enum class RunEnd : std::uint8_t { finished, already_finished, stopped };

/// Runs the layer of `options.spec` over the input, one part per batch, and writes the manifest
/// last.
///
/// A request to stop lets the part that is being made be finished; there is no manifest then, and
/// a run with `Existing::resume` goes on from there.
/// Memory   For a few batches, whatever the input's size.
/// Throws   InvalidArgument for a spec, tables or a directory that cannot be used; DataError for
///          input, with FILE:NUMBER in front; IoError, OutOfMemory, CudaError. Only whole parts are
///          left behind.
[[nodiscard]] RunEnd run(const RunOptions& options, const Backend& backend,
                         const std::stop_token& stop, Progress& progress);

}  // namespace seqfeat::run
