// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/float_type.hpp"

namespace seqfeat::detail {

/// Throws InvalidArgument unless `data` begins where an element of type `type` can: anywhere else a
/// kernel would end with an error that no later call of the process survives.
inline void check_alignment(std::string_view what, const void* data, FloatType type) {
  const auto rest = static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(data) %
                                              static_cast<std::uintptr_t>(size_of(type)));
  if (rest == 0) return;
  throw InvalidArgument(concat(what, ": got a pointer ", rest, " bytes behind a multiple of ",
                               size_of(type), ", expected one aligned to its elements of type ",
                               to_string(type)));
}

}  // namespace seqfeat::detail
