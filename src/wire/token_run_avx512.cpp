// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <bit>
#include <cstdint>

#include "backend/simd.hpp"
#include "wire/cursor.hpp"
#include "wire/token_run.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#define SEQFEAT_AVX512_TARGET                                                   \
  __attribute__((                                                               \
      target("avx512f,avx512bw,avx512vl,avx512vbmi,avx512vbmi2,bmi,bmi2,lzcnt," \
             "popcnt")))
#endif

namespace seqfeat::wire {

#if defined(SEQFEAT_AVX512_TARGET)
namespace {

constexpr std::size_t kBlock = 64;

/// first, first + step, …
constexpr std::array<std::uint8_t, kBlock> counting(unsigned first, unsigned step) {
  std::array<std::uint8_t, kBlock> bytes{};
  for (std::size_t i = 0; i < kBlock; ++i) {
    bytes.at(i) = static_cast<std::uint8_t>(first + step * i);
  }
  return bytes;
}
alignas(kBlock) constexpr auto kPositions = counting(0, 1);
alignas(kBlock) constexpr auto kNextPositions = counting(1, 1);
alignas(kBlock) constexpr auto kTextPositions = counting(2, 1);
alignas(kBlock) constexpr auto kFramesBefore = counting(2, 2);

[[nodiscard]] constexpr std::uint64_t first_bits(std::size_t count) noexcept {
  return count < kBlock ? (std::uint64_t{1} << count) - 1 : ~std::uint64_t{0};
}

/// 64 bytes of a list, or the fewer that are left, and which of them look like a tag.
struct Block {
  __m512i bytes;
  std::uint64_t inside;
  std::uint64_t look;  ///< Like a tag.
  std::uint64_t tags;  ///< Those that may be one, and the list's end.
};

SEQFEAT_AVX512_TARGET inline Block read_block(const char* at, std::size_t left,
                                              std::uint64_t look_before) noexcept {
  const std::uint64_t inside = first_bits(left);
  const __m512i bytes = _mm512_maskz_loadu_epi8(inside, at);
  const std::uint64_t look = _mm512_mask_cmpeq_epi8_mask(
      inside, bytes, _mm512_set1_epi8(static_cast<char>(tag(1, Type::bytes))));
  // Right behind one that looks like a tag another is a length of ten.
  const std::uint64_t tags = look & ~(look << 1 | look_before >> 63);
  return {bytes, inside, look, tags | (inside + 1)};
}

/// Writes where each of `count` strings ends, `begin` being where the block does.
SEQFEAT_AVX512_TARGET inline void store_ends(__m512i ends, unsigned count, std::int64_t begin,
                                             std::int64_t* out) noexcept {
  alignas(kBlock) std::array<std::uint8_t, kBlock> bytes;  // NOLINT
  // Two bytes of frame before the first string's end, four before the second's, …
  _mm512_store_si512(bytes.data(), _mm512_subs_epu8(ends, _mm512_load_si512(kFramesBefore.data())));
  const __m512i base = _mm512_set1_epi64(begin);
  const auto store_eight = [&](std::size_t i) SEQFEAT_AVX512_TARGET {
    const __m128i eight = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes.data() + i));
    _mm512_storeu_si512(out + i, base + _mm512_maskz_cvtepu8_epi64(0xff, eight));
  };
  store_eight(0);
  if (count <= 8) return;
  store_eight(8);
  store_eight(16);
  store_eight(24);
}

}  // namespace

bool has_copy_run_avx512() noexcept {
  return detail::in_use(detail::Part::parsing) == detail::Simd::avx512;
}

SEQFEAT_AVX512_TARGET TokenRun copy_run_avx512(std::string_view list,
                                               const Ragged::StringRoom& room) noexcept {
  const char* at = list.data();
  std::size_t left = list.size();
  std::byte* out = room.bytes;
  std::int64_t* ends = room.ends;
  Block block = read_block(at, left, 0);
  std::uint64_t frame_before = 0;  // bit 0 if the block begins with a length
  bool good = left > 0 && (block.tags & 1) != 0;
  while (good) {
    // What looks like a tag begins a string, if each string ends where the next one begins.
    const std::uint64_t tags = block.tags & block.inside;
    const std::uint64_t followers = block.tags & (block.tags - 1);
    Block next{};
    unsigned end_of_last = 0;  // never right
    if (left >= kBlock) {
      next = read_block(at + kBlock, left - kBlock, block.look);
      if (next.tags != 0) end_of_last = kBlock + static_cast<unsigned>(std::countr_zero(next.tags));
    }
    const __m512i lengths =
        _mm512_permutex2var_epi8(block.bytes, _mm512_load_si512(kNextPositions.data()), next.bytes);
    const __m512i last = _mm512_set1_epi8(static_cast<char>(end_of_last));
    const __m512i text_ends = _mm512_mask_compress_epi8(
        last, tags, _mm512_adds_epu8(_mm512_load_si512(kTextPositions.data()), lengths));
    const __m512i begins =
        _mm512_mask_compress_epi8(last, followers, _mm512_load_si512(kPositions.data()));
    const std::uint64_t wrong = _mm512_cmpneq_epi8_mask(text_ends, begins);
    auto count = static_cast<unsigned>(std::popcount(tags));
    std::uint64_t text = block.inside & ~(tags | tags << 1 | frame_before);
    std::size_t taken = left < kBlock ? left : kBlock;
    if (wrong != 0) {
      // A string holds a byte that looks like a tag, or is not what this is for: up to there.
      count = static_cast<unsigned>(std::countr_zero(wrong));
      taken = static_cast<unsigned>(std::countr_zero(_pdep_u64(std::uint64_t{1} << count, tags)));
      text &= first_bits(taken);
      good = false;
    }
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(text, block.bytes));
    store_ends(text_ends, count, room.begin + (out - room.bytes) - static_cast<int>(frame_before),
               ends);
    out += std::popcount(text);
    ends += count;
    at += taken;
    left -= taken;
    good = good && left > 0;
    frame_before = tags >> 63;
    block = next;
  }
  return {static_cast<std::size_t>(ends - room.ends), static_cast<std::size_t>(out - room.bytes),
          at};
}

#else

bool has_copy_run_avx512() noexcept {
  return false;
}

TokenRun copy_run_avx512(std::string_view list, const Ragged::StringRoom& room) noexcept {
  return copy_run_plain(list, room);
}

#endif

}  // namespace seqfeat::wire
