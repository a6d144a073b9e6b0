// SPDX-License-Identifier: Apache-2.0
// Where exceptions end: every function of seqfeat.h does its work inside `guarded`.
// The other files of this folder throw as the library does; guard.cpp keeps the last error.
#pragma once

#include <exception>
#include <string_view>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/seqfeat.h"

namespace seqfeat::abi {

/// Notes the exception being handled as the last error of this thread, and returns its status.
seqfeat_status note_exception() noexcept;

/// Calls `work` and turns an exception into a status.
template <class Work>
seqfeat_status guarded(const Work& work) noexcept {
  try {
    work();
    return SEQFEAT_OK;
  } catch (...) {
    return note_exception();
  }
}

/// Throws InvalidArgument, naming the argument, if a pointer is null.
inline void require(const void* pointer, std::string_view name) {
  if (pointer == nullptr) {
    throw InvalidArgument(detail::concat(name, ": got null, expected a pointer"));
  }
}

}  // namespace seqfeat::abi
