// SPDX-License-Identifier: Apache-2.0
#include "cuda/sort.hpp"

#if !defined(SEQFEAT_PLAIN_SORT)

#include <cub/device/device_radix_sort.cuh>

#include <utility>

#include "cuda/check.hpp"
#include "cuda/launch.cuh"

// CUB's radix sort: a kernel that counts, one that adds up, and one for every eight bits of keys
// (of 2^28 pairs and more, one for every part of so many); few pairs take a single one.

namespace seqfeat::cuda {
namespace {

template <class Key>
cudaError_t sort(const SortShape& shape, const SortArrays& arrays, void* memory, std::size_t& bytes,
                 Stream stream) {
  return cub::DeviceRadixSort::SortPairs(
      memory, bytes, static_cast<const Key*>(arrays.keys.data),
      static_cast<Key*>(arrays.sorted_keys.data), arrays.numbers, arrays.sorted_numbers,
      static_cast<std::uint32_t>(shape.count), 0, shape.bits, stream.handle());
}

void sort(const SortShape& shape, const SortArrays& arrays, void* memory, std::size_t& bytes,
          Stream stream) {
  const auto of_key = shape.bits > 32 ? sort<std::uint64_t> : sort<std::uint32_t>;
  check_cuda(of_key(shape, arrays, memory, bytes, stream), "cub::DeviceRadixSort::SortPairs");
}

/// A stream and memory for a sort that nobody waits for.
class Rehearsal {
 public:
  explicit Rehearsal(std::int64_t bytes) {
    check_cuda(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking),
               "cudaStreamCreateWithFlags");
    const cudaError_t made = cudaMalloc(&memory_, static_cast<std::size_t>(bytes));
    if (made != cudaSuccess) static_cast<void>(cudaStreamDestroy(stream_));
    check_cuda(made, "cudaMalloc");
  }
  Rehearsal(const Rehearsal&) = delete;
  Rehearsal& operator=(const Rehearsal&) = delete;
  Rehearsal(Rehearsal&&) = delete;
  Rehearsal& operator=(Rehearsal&&) = delete;
  ~Rehearsal() {
    static_cast<void>(cudaFree(memory_));
    static_cast<void>(cudaStreamDestroy(stream_));
  }

  /// Sorts whatever stands there.
  void sort(const SortShape& shape) const {
    auto* at = static_cast<unsigned char*>(memory_);
    const auto take = [&at](std::int64_t bytes) {
      return static_cast<void*>(std::exchange(at, at + bytes));
    };
    const bool wide = shape.bits > 32;
    const std::int64_t keys = shape.count * (wide ? 8 : 4);
    const std::int64_t numbers = shape.count * 4;
    const SortArrays arrays{{take(keys), wide},
                            static_cast<const std::uint32_t*>(take(numbers)),
                            {take(keys), wide},
                            static_cast<std::uint32_t*>(take(numbers))};
    sort_pairs(shape, arrays, at, Stream(stream_));
    check_cuda(cudaStreamSynchronize(stream_), "cudaStreamSynchronize");
  }

 private:
  cudaStream_t stream_ = nullptr;
  void* memory_ = nullptr;
};

}  // namespace

std::int64_t sort_bytes(const SortShape& shape) {
  std::size_t bytes = 0;
  sort(shape, {}, nullptr, bytes, kHostStream);
  return static_cast<std::int64_t>(bytes);
}

void sort_pairs(const SortShape& shape, const SortArrays& arrays, void* memory, Stream stream) {
  if (shape.count == 0) return;
  auto bytes = static_cast<std::size_t>(sort_bytes(shape));
  sort(shape, arrays, memory, bytes, stream);
  count_launch();
}

// CUB's kernels have no names that we may use: they are loaded by sorts of few pairs and of many.
void load_sort_kernels() {
  constexpr std::int64_t kFew = 256;
  constexpr std::int64_t kMany = std::int64_t{1} << 16;
  const CaptureBypass bypass;
  const Rehearsal rehearsal(kMany * 24 + sort_bytes({kMany, 64}));
  for (const int bits : {32, 64}) {
    for (const std::int64_t count : {kFew, kMany}) rehearsal.sort({count, bits});
  }
}

}  // namespace seqfeat::cuda

#endif
