// SPDX-License-Identifier: Apache-2.0
#include "bench/cpu/baselines.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "backend/simd.hpp"
#include "seqfeat/memory.hpp"

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kLine = 64;

/// Memory like that of the layer's outputs, every page of it touched.
std::shared_ptr<Buffer> touched(const CpuContext& context, std::int64_t bytes) {
  const std::int64_t size = std::max(bytes, kLine);
  auto buffer = std::make_shared<Buffer>(context.backend.memory(), size, kHostStream);
  std::memset(buffer->data(), 'x', static_cast<std::size_t>(size));
  return buffer;
}

/// Calls body(begin, part) for `count` parts of `bytes` bytes; each begins a cache line.
template <class Body>
void in_pieces(cpu::ThreadPool& pool, int count, std::int64_t bytes, const Body& body) {
  const auto begin = [&](std::int64_t i) {
    return i == count ? bytes : bytes * i / count / kLine * kLine;
  };
  pool.run(count, [&](std::int64_t i) { body(begin(i), begin(i + 1) - begin(i)); });
}

void fill(std::byte* to, std::int64_t bytes) {
#if defined(__x86_64__)
  const __m128i zero = _mm_setzero_si128();
  std::int64_t at = 0;
  for (; at + kLine <= bytes; at += kLine) {
    auto* line = reinterpret_cast<__m128i*>(to + at);
    for (int part = 0; part < 4; ++part) _mm_stream_si128(line + part, zero);
  }
  std::memset(to + at, 0, static_cast<std::size_t>(bytes - at));
  _mm_sfence();
#else
  std::memset(to, 0, static_cast<std::size_t>(bytes));
#endif
}

std::string with_threads(const char* name, int threads) {
  if (threads == 1) return name;
  return std::string(name) + ", " + std::to_string(threads) + " threads";
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc_of(std::span<const std::byte> bytes) {
  std::uint64_t crc = 0xffffffff;
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  auto narrow = static_cast<std::uint32_t>(crc);
  for (; at < bytes.size(); ++at) {
    narrow = _mm_crc32_u8(narrow, static_cast<unsigned char>(bytes[at]));
  }
  return ~narrow;
}
#endif

}  // namespace

CpuBaseline memcpy_of(const CpuContext& context, std::int64_t bytes, int threads) {
  const std::int64_t size = bytes / 2;
  return {with_threads("memcpy", threads),
          [from = touched(context, size), to = touched(context, size), size, threads,
           pool = context.pool] {
            in_pieces(*pool, threads, size, [&](std::int64_t begin, std::int64_t part) {
              std::memcpy(to->as<std::byte>() + begin, from->as<std::byte>() + begin,
                          static_cast<std::size_t>(part));
            });
          }};
}

CpuBaseline fill_of(const CpuContext& context, std::vector<std::int64_t> sizes) {
  const std::int64_t most = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
#if defined(__x86_64__)
  const char* name = "non-temporal fill";
#else
  const char* name = "memset";
#endif
  return {with_threads(name, context.threads),
          [to = touched(context, most), sizes = std::move(sizes), pool = context.pool] {
            for (const std::int64_t size : sizes) {
              in_pieces(*pool, pool->threads(), size, [&](std::int64_t begin, std::int64_t part) {
                fill(to->as<std::byte>() + begin, part);
              });
            }
          }};
}

CpuBaseline memcpy_of(const CpuContext& context, std::vector<std::int64_t> sizes, Turns turns) {
  const std::int64_t sum = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  const std::int64_t most = sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end());
  const int parts = turns.parts();
  return {"memcpy",
          [from = touched(context, sum), to = touched(context, most), sizes = std::move(sizes),
           turns, at = std::int64_t{0}]() mutable {
            const Range range = turns.next(std::ssize(sizes));
            if (range.begin == 0) at = 0;
            for (std::int64_t i = range.begin; i < range.end; ++i) {
              const std::int64_t size = sizes[static_cast<std::size_t>(i)];
              std::memcpy(to->data(), from->as<const std::byte>() + at,
                          static_cast<std::size_t>(size));
              at += size;
            }
          },
          static_cast<double>(parts)};
}

CpuBaseline large_memcpy_of(const CpuContext& context, std::int64_t bytes) {
  const std::int64_t large = context.scaled(std::int64_t{256} << 20, 4096);
  CpuBaseline copy = memcpy_of(context, 2 * large);
  copy.times = static_cast<double>(bytes) / static_cast<double>(large);
  copy.large_copy = true;
  return copy;
}

CpuBaseline crc_by_one_stream(std::span<const std::byte> bytes,
                              std::shared_ptr<std::uint32_t> crc) {
#if defined(__x86_64__)
  if (detail::available(detail::Simd::sse42)) {
    return {"one stream of crc32", [bytes, crc = std::move(crc)] { *crc = crc_of(bytes); }};
  }
#endif
  static_cast<void>(bytes);
  static_cast<void>(crc);
  return {};
}

}  // namespace seqfeat::bench
