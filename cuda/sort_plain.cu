// SPDX-License-Identifier: Apache-2.0
#include "cuda/sort.hpp"

#if defined(SEQFEAT_PLAIN_SORT)

#include "cuda/launch.cuh"

// A radix sort in a single thread, for machines that run our kernels but not CUB's: the emulator
// and the interpreter.

namespace seqfeat::cuda {
namespace {

/// Pairs that are moved from one place to another.
struct Pairs {
  Keys keys;
  std::uint32_t* numbers;
};

/// Moves `count` pairs into the order of the eight bits from `shift` on.
__device__ void sort_digit(std::int64_t count, int shift, const Pairs& from, const Pairs& to) {
  constexpr unsigned kDigits = 256;
  const auto digit = [&](std::int64_t i) {
    return static_cast<unsigned>(from.keys[i] >> shift) & (kDigits - 1);
  };
  SEQFEAT_SHARED(std::uint32_t[kDigits], places);
  for (unsigned d = 0; d < kDigits; ++d) places[d] = 0;
  for (std::int64_t i = 0; i < count; ++i) ++places[digit(i)];
  std::uint32_t before = 0;
  for (unsigned d = 0; d < kDigits; ++d) {
    const std::uint32_t counted = places[d];
    places[d] = before;
    before += counted;
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const std::uint32_t at = places[digit(i)]++;
    to.keys.set(at, from.keys[i]);
    to.numbers[at] = from.numbers[i];
  }
}

/// The pairs at `given` go back and forth between the other two, and end in `sorted`.
__global__ void __launch_bounds__(kThreads)
    plain_sort_kernel(const SortShape shape, const Pairs given, const Pairs sorted,
                      const Pairs others) {
  if (threadIdx.x != 0) return;
  Pairs from = given;
  bool last = (shape.bits + 7) / 8 % 2 == 1;  // an odd number of digits begins in `sorted`
  for (int shift = 0; shift < shape.bits; shift += 8, last = !last) {
    const Pairs& to = last ? sorted : others;
    sort_digit(shape.count, shift, from, to);
    from = to;
  }
}

}  // namespace

std::int64_t sort_bytes(const SortShape& shape) {
  return shape.count * (shape.bits > 32 ? 12 : 8);
}

void sort_pairs(const SortShape& shape, const SortArrays& arrays, void* memory, Stream stream) {
  if (shape.count == 0) return;
  const bool wide = shape.bits > 32;
  auto* const keys = static_cast<unsigned char*>(memory);
  const Pairs others{{keys, wide},
                     reinterpret_cast<std::uint32_t*>(keys + shape.count * (wide ? 8 : 4))};
  const Pairs given{arrays.keys, const_cast<std::uint32_t*>(arrays.numbers)};
  launch("plain_sort_kernel", plain_sort_kernel, {1}, stream, shape, given,
         Pairs{arrays.sorted_keys, arrays.sorted_numbers}, others);
}

void load_sort_kernels() {
  load_kernel(plain_sort_kernel);
}

}  // namespace seqfeat::cuda

#endif
