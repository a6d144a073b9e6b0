// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

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

/// The place of wrong contents, as far as it is known.
struct DataPlace {
  std::optional<std::string> file{};
  std::optional<std::int64_t> record{};  ///< Of TFRecords from 0; of text the line, from 1.
  std::optional<std::int64_t> offset{};  ///< Byte of the file at which the record begins.
  std::optional<std::int64_t> row{};     ///< Of the batch.
  std::optional<std::string> column{};   ///< The feature's key.
};

/// Contents are wrong: a file, a record, an offset, an index, lengths that differ between columns.
class DataError : public Error {
 public:
  using Error::Error;
  /// The message is the place, such as "FILE:RECORD: COLUMN: ", and `reason`.
  DataError(DataPlace place, std::string_view reason);

  /// The same reason at a better known place: the members that `more` holds replace those of this.
  [[nodiscard]] DataError at(const DataPlace& more) const;
  /// The same message with another place behind it.
  [[nodiscard]] DataError with(DataPlace place) const;

  [[nodiscard]] const DataPlace& place() const noexcept;
  /// The row of the batch with the fault, if it is known.
  [[nodiscard]] std::optional<std::int64_t> row() const noexcept { return place().row; }
  /// The message without the place in front of it.
  [[nodiscard]] std::string_view reason() const noexcept { return what() + reason_; }

 private:
  std::shared_ptr<const DataPlace> place_;  // so that copying an exception cannot fail
  std::size_t reason_ = 0;                  // where it begins in the message
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

/// Memory ran out, or a request was refused beforehand because it cannot fit.
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
