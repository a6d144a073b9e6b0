// SPDX-License-Identifier: Apache-2.0
#pragma once

struct CUstream_st;  // what cudaStream_t points to; declared here so that no CUDA header is needed

namespace seqfeat {

/// Where work is enqueued: a `cudaStream_t`, passed by value and last, never defaulted.
///
/// The CPU backend finishes its work before it returns and ignores the stream.
class Stream {
 public:
  /// Takes a `cudaStream_t`; null is CUDA's legacy default stream.
  constexpr explicit Stream(CUstream_st* handle) noexcept : handle_(handle) {}

  /// The `cudaStream_t` to hand to the CUDA runtime.
  [[nodiscard]] constexpr CUstream_st* handle() const noexcept { return handle_; }

  friend constexpr bool operator==(Stream, Stream) noexcept = default;

 private:
  CUstream_st* handle_;
};

/// The stream to pass to a CPU backend, where no CUDA stream exists.
inline constexpr Stream kHostStream{nullptr};

}  // namespace seqfeat
