// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "layer/compiled_columns.hpp"
#include "layer/measure.hpp"

// The arena: one contiguous block that holds all that a batch brings, header first, so that one
// copy takes it to the device.

namespace seqfeat::detail {

/// Every buffer in an arena starts at a multiple of this and is followed by as many bytes at least,
/// so that kernels may load in words of 16 bytes.
inline constexpr std::int64_t kArenaAlignment = 16;

/// True if offsets of batches up to `capacity` need 64 bits.
[[nodiscard]] bool needs_wide_offsets(const BatchSizes& capacity) noexcept;

/// Bytes that hold every batch up to `capacity`. Throws InvalidArgument on overflow.
[[nodiscard]] std::int64_t arena_bytes(const CompiledColumns& columns, const BatchSizes& capacity,
                                       bool trains);

/// How a batch's slots are laid out (see BatchHeader). Features on a device are always padded.
enum class Layout : std::uint8_t { padded, ragged };

/// Packs a measured batch. What `views` allows is not copied but pointed to. With `trains` the
/// header says where the values of trained columns begin.
///
/// `host` is where the arena is written, `target` where it will stand when kernels read it.
/// Returns the bytes in use.
std::int64_t fill_arena(const CompiledColumns& columns, PadRule rule, const MeasuredBatch& batch,
                        bool trains, Layout layout, bool wide, bool views, std::byte* host,
                        const std::byte* target);

}  // namespace seqfeat::detail
