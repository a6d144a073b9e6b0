// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

// Everything seqfeat throws. A message says what was wrong, where, what was got, what was expected.

namespace seqfeat {

/// Base of every exception that seqfeat throws itself.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The caller's arguments are wrong: specs, dtypes, shapes, missing features. Nothing was changed.
class InvalidArgument : public Error {
 public:
  using Error::Error;
};

/// Contents are wrong: a file, a record, an offset, an index, lengths that differ between columns.
class DataError : public Error {
 public:
  using Error::Error;
};

/// The system refused to write: a full disk, a missing directory, a lack of permission.
class IoError : public Error {
 public:
  using Error::Error;
};

/// No CUDA device can be used; the message says whether driver, device or kernel image is missing.
class DeviceUnavailable : public Error {
 public:
  using Error::Error;
};

/// Memory could not be had, or was refused before it was asked for because it cannot fit.
class OutOfMemory : public Error {
 public:
  OutOfMemory(const std::string& what, std::int64_t bytes) : Error(what), bytes_(bytes) {}

  /// How many bytes were wanted.
  [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }

 private:
  std::int64_t bytes_;
};

/// A call of the CUDA runtime failed.
class CudaError : public Error {
 public:
  CudaError(const std::string& what, int code) : Error(what), code_(code) {}

  /// The `cudaError_t` as a number.
  [[nodiscard]] int code() const noexcept { return code_; }

 private:
  int code_;
};

}  // namespace seqfeat
