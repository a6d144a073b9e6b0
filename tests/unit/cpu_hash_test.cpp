// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "cpu/ops.hpp"
#include "seqfeat/hash.hpp"
#include "tests/support/random.hpp"

// Every path of `cpu::hash_range` that this machine can run, against the rule on one token.

namespace seqfeat::cpu {
namespace {

using detail::HashArgs;
using test::Rng;

constexpr std::int64_t kUntouched = -77;

/// Bytes in a heap block of just their size, so that a sanitizer sees a read beyond either end.
class ExactBytes {
 public:
  explicit ExactBytes(const std::string& bytes)
      : size_(static_cast<std::int64_t>(bytes.size())),
        bytes_(std::make_unique<char[]>(bytes.size())) {
    std::memcpy(bytes_.get(), bytes.data(), bytes.size());
  }
  [[nodiscard]] const char* data() const { return bytes_.get(); }
  [[nodiscard]] std::int64_t size() const { return size_; }

 private:
  std::int64_t size_;
  std::unique_ptr<char[]> bytes_;
};

struct Strings {
  std::string bytes;
  std::vector<std::int64_t> offsets{0};

  void add(const std::string& token) {
    bytes += token;
    offsets.push_back(std::ssize(bytes));
  }
};

class CpuHash : public testing::TestWithParam<Simd> {
 protected:
  void SetUp() override {
    if (!available(GetParam())) GTEST_SKIP() << "this machine cannot run it";
  }

  /// Ids of values [begin, end); the others must stay as they were. 0 buckets: fingerprints.
  static std::vector<std::int64_t> ids(HashArgs args, std::uint64_t buckets, std::int64_t begin,
                                       std::int64_t end) {
    args.modulo = buckets != 0;
    if (buckets != 0) args.buckets = FastModulo(buckets);
    const std::vector<std::int64_t> wide = ids_of_type<std::int64_t>(args, begin, end);
    if (buckets != 0 && buckets <= FastModulo::kMost32) {
      EXPECT_EQ(ids_of_type<std::int32_t>(args, begin, end), wide) << buckets << " buckets";
    }
    return wide;
  }

  template <class Id>
  static std::vector<std::int64_t> ids_of_type(HashArgs args, std::int64_t begin,
                                               std::int64_t end) {
    // In a heap block of just the size that may be written.
    const auto out = std::make_unique<Id[]>(static_cast<std::size_t>(args.count));
    std::fill_n(out.get(), args.count, static_cast<Id>(kUntouched));
    args.out = out.get();
    args.wide = sizeof(Id) == sizeof(std::int64_t);
    hash_range(GetParam(), args, begin, end);
    return {out.get(), out.get() + args.count};
  }

  static std::int64_t id(std::uint64_t hash, std::uint64_t buckets) {
    return static_cast<std::int64_t>(buckets == 0 ? hash : hash % buckets);
  }

  /// Strings whose offsets may be any numbers.
  template <class Offset>
  static void expect_strings(const std::string& bytes, const std::vector<std::int64_t>& offsets,
                             std::uint64_t buckets, std::int64_t begin, std::int64_t end) {
    const ExactBytes exact(bytes);
    const std::int64_t count = std::ssize(offsets) - 1;
    const auto narrow = std::make_unique<Offset[]>(offsets.size());
    for (std::size_t i = 0; i < offsets.size(); ++i) narrow[i] = static_cast<Offset>(offsets[i]);
    HashArgs args{};
    args.dtype = DType::string;
    args.data = exact.data();
    args.byte_offsets = {narrow.get(), count + 1, sizeof(Offset) == 8};
    args.count = count;
    args.bytes = exact.size();
    const std::vector<std::int64_t> got = ids(args, buckets, begin, end);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      if (i < begin || i >= end) {
        ASSERT_EQ(got[at], kUntouched) << "value " << i << " is outside [" << begin << ", " << end;
        continue;
      }
      const std::int64_t from = std::clamp<std::int64_t>(narrow[at], 0, exact.size());
      const std::int64_t to = std::clamp<std::int64_t>(narrow[at + 1], 0, exact.size());
      const std::string token = to > from ? bytes.substr(static_cast<std::size_t>(from),
                                                         static_cast<std::size_t>(to - from))
                                          : std::string();
      ASSERT_EQ(got[at], id(fingerprint64(token), buckets))
          << "value " << i << " of " << count << ", bytes [" << from << ", " << to << ") of "
          << exact.size() << ", " << buckets << " buckets, " << sizeof(Offset) << "-byte offsets";
    }
  }
  static void expect_strings(const Strings& strings, std::uint64_t buckets) {
    const std::int64_t count = std::ssize(strings.offsets) - 1;
    expect_strings<std::int64_t>(strings.bytes, strings.offsets, buckets, 0, count);
    expect_strings<std::int32_t>(strings.bytes, strings.offsets, buckets, 0, count);
  }

  template <class Int>
  static void expect_integers(DType dtype, const std::vector<Int>& values, std::uint64_t buckets) {
    const auto exact = std::make_unique<Int[]>(values.size());
    std::copy(values.begin(), values.end(), exact.get());
    HashArgs args{};
    args.dtype = dtype;
    args.data = exact.get();
    args.count = std::ssize(values);
    const std::vector<std::int64_t> got = ids(args, buckets, 0, args.count);
    for (std::size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(got[i], id(fingerprint64(std::to_string(values[i])), buckets))
          << to_string(dtype) << " " << std::to_string(values[i]) << ", " << buckets << " buckets";
    }
  }

  template <class Int>
  static void expect_integers_of_every_size(DType dtype) {
    using Limits = std::numeric_limits<Int>;
    std::vector<Int> values{Limits::min(), Limits::max(), 0, 1, static_cast<Int>(-1)};
    std::uint64_t power = 1;
    for (int digits = 1; digits <= 20; ++digits, power *= 10) {
      for (const std::uint64_t bits : {power - 1, power, power + 1, 0 - power, 1 - power}) {
        values.push_back(static_cast<Int>(bits));
      }
    }
    Rng rng(7);
    for (int i = 0; i < 3000; ++i) {
      values.push_back(static_cast<Int>(rng.integer()));
      values.push_back(static_cast<Int>(0 - rng.integer()));
    }
    for (const std::uint64_t buckets : {0ULL, 10ULL, 1000003ULL}) {
      expect_integers(dtype, values, buckets);
    }
    values.assign(10, 42);
    for (std::size_t n = 0; n <= 10; ++n) {  // blocks of just their size
      expect_integers(dtype, std::vector<Int>(values.begin(), values.begin() + std::ptrdiff_t(n)),
                      9);
    }
  }
};

constexpr std::uint64_t kDivisors[] = {0,
                                       2,
                                       3,
                                       10,
                                       1000,
                                       (1 << 14) - 1,
                                       1 << 14,
                                       (1 << 14) + 1,
                                       1000003,
                                       (1ULL << 31) - 1,
                                       1ULL << 31,
                                       (1ULL << 31) + 1,
                                       1ULL << 32,
                                       (1ULL << 32) + 15,
                                       1ULL << 62,
                                       (1ULL << 62) + 1,
                                       (1ULL << 63) - 1};

TEST_P(CpuHash, TakesOneTokenOfEverySizeAndNothingAroundIt) {
  Rng rng(1);
  for (std::int64_t size = 0; size <= 1100; ++size) {
    Strings one;
    one.add(rng.bytes(size));
    expect_strings(one, size % 2 == 0 ? 0 : 1000003);
  }
}

TEST_P(CpuHash, TakesEverySizeBesideTheBuffersEnd) {
  Rng rng(2);
  for (std::int64_t size = 0; size <= 130; ++size) {
    for (std::int64_t behind = 0; behind <= 20; ++behind) {
      Strings strings;
      for (int i = 0; i < 7; ++i) strings.add(rng.bytes(rng.between(0, 40)));
      strings.add(rng.bytes(size));
      for (int i = 0; i < 9; ++i) strings.add("");
      strings.add(rng.bytes(behind));
      expect_strings(strings, 1000003);
    }
  }
}

TEST_P(CpuHash, TakesMixesOfEveryDivisor) {
  Rng rng(3);
  for (const std::uint64_t divisor : kDivisors) {
    for (const std::int64_t longest : {3, 7, 15, 16, 32, 47, 64, 70, 130, 400}) {
      Strings strings;
      for (int i = 0; i < 700; ++i) strings.add(rng.bytes(rng.between(0, longest)));
      expect_strings(strings, divisor);
    }
  }
}

TEST_P(CpuHash, TakesEverySizeInEveryLane) {
  Rng rng(4);
  for (std::int64_t shift = 0; shift < 8; ++shift) {
    Strings strings;
    for (std::int64_t i = 0; i < shift; ++i) strings.add("x");
    for (std::int64_t size = 0; size <= 300; ++size) strings.add(rng.bytes(size));
    expect_strings(strings, 0);
  }
}

TEST_P(CpuHash, WritesTheRangeAndNothingElse) {
  Rng rng(5);
  for (const std::int64_t count :
       {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 513}) {
    for (const std::int64_t begin : {0, 1, 3, 8, 13}) {
      for (const std::int64_t longest : {2, 20, 80}) {
        Strings strings;
        for (std::int64_t i = 0; i < count + begin + 9; ++i) {
          strings.add(rng.bytes(rng.between(0, longest)));
        }
        expect_strings<std::int64_t>(strings.bytes, strings.offsets, 1000, begin, begin + count);
        expect_strings<std::int32_t>(strings.bytes, strings.offsets, 0, begin, begin + count);
      }
    }
  }
}

TEST_P(CpuHash, NeverLeavesTheBufferWhateverOffsetsSay) {
  Rng rng(6);
  using Limits = std::numeric_limits<std::int64_t>;
  for (int round = 0; round < 400; ++round) {
    const std::string bytes = rng.bytes(rng.between(0, 300));
    std::vector<std::int64_t> offsets;
    for (int i = 0; i < 70; ++i) {
      offsets.push_back(rng.once_in(6) ? rng.pick({Limits::min(), Limits::max(), std::int64_t{-1},
                                                   static_cast<std::int64_t>(rng.bits()),
                                                   std::ssize(bytes) + rng.between(-20, 20)})
                                       : rng.between(-3, std::ssize(bytes) + 3));
    }
    if (round % 2 == 0) std::sort(offsets.begin(), offsets.end());
    expect_strings<std::int64_t>(bytes, offsets, 1000003, 0, 69);
    expect_strings<std::int32_t>(bytes, offsets, 0, 0, 69);
  }
}

TEST_P(CpuHash, NeverLeavesTheBufferForOneLieAmongGoodOffsets) {
  using Limits = std::numeric_limits<std::int64_t>;
  Strings good;
  Rng rng(9);
  for (int i = 0; i < 40; ++i) good.add(rng.bytes(rng.between(0, 10)));
  const std::int64_t bytes = std::ssize(good.bytes);
  for (std::size_t at = 0; at < good.offsets.size(); ++at) {
    for (const std::int64_t lie : {Limits::min(), std::int64_t{-1}, bytes + 1, bytes + 40,
                                   std::int64_t{INT32_MAX}, Limits::max()}) {
      std::vector<std::int64_t> offsets = good.offsets;
      offsets[at] = lie;
      expect_strings<std::int64_t>(good.bytes, offsets, 1000003, 0, 40);
      expect_strings<std::int32_t>(good.bytes, offsets, 1000003, 0, 40);
    }
  }
}

TEST_P(CpuHash, TakesRunsOfOneClassAndWhatBreaksThem) {
  struct Sizes {
    std::int64_t least, most;
  };
  Rng rng(11);
  for (const Sizes sizes : {Sizes{0, 3}, Sizes{4, 7}, Sizes{8, 16}, Sizes{17, 32}, Sizes{33, 64}}) {
    const auto run = [&](std::int64_t count, std::int64_t at, std::int64_t odd) {
      Strings strings;
      for (std::int64_t i = 0; i < count; ++i) {
        strings.add(rng.bytes(i == at ? odd : rng.between(sizes.least, sizes.most)));
      }
      return strings;
    };
    for (const std::int64_t odd : {0, 3, 4, 7, 8, 16, 17, 32, 33, 70}) {
      for (const std::int64_t at : {0, 1, 7, 8, 30, 62, 63}) {
        expect_strings(run(64, at, odd), at % 2 == 0 ? 0 : 1000003);
      }
    }
    for (const std::int64_t at : {-1, 4000, 4095, 4096, 4104, 8999}) {  // beyond several trials
      expect_strings(run(9000, at, 5), 1000003);
      expect_strings(run(9000, at, 20), 0);
    }
    using Limits = std::numeric_limits<std::int64_t>;
    const Strings good = run(48, -1, 0);
    for (std::size_t at = 0; at < good.offsets.size(); ++at) {
      const std::int64_t bytes = std::ssize(good.bytes);
      for (const std::int64_t lie : {Limits::min(), std::int64_t{-5}, bytes + 1, Limits::max()}) {
        std::vector<std::int64_t> offsets = good.offsets;
        offsets[at] = lie;
        expect_strings<std::int64_t>(good.bytes, offsets, 1000003, 0, 48);
        expect_strings<std::int32_t>(good.bytes, offsets, 1000003, 0, 48);
      }
      // Two lies with a size of the class between them.
      std::vector<std::int64_t> offsets = good.offsets;
      offsets[at] = -7;
      if (at + 1 < offsets.size()) offsets[at + 1] = sizes.most - 7;
      expect_strings<std::int64_t>(good.bytes, offsets, 0, 0, 48);
      expect_strings<std::int32_t>(good.bytes, offsets, 0, 0, 48);
    }
  }
}

TEST_P(CpuHash, TakesATokenOfAllTheBuffer) {
  Rng rng(8);
  const std::string bytes = rng.bytes(200);
  std::vector<std::int64_t> offsets;  // 0, 200, 0, 200, ...: every second token has all bytes
  for (int i = 0; i < 300; ++i) offsets.push_back(i % 2 == 0 ? 0 : 200);
  expect_strings<std::int64_t>(bytes, offsets, 77, 0, 299);
}

TEST_P(CpuHash, TakesIntegersOfEveryType) {
  expect_integers_of_every_size<std::int8_t>(DType::int8);
  expect_integers_of_every_size<std::int16_t>(DType::int16);
  expect_integers_of_every_size<std::int32_t>(DType::int32);
  expect_integers_of_every_size<std::int64_t>(DType::int64);
  expect_integers_of_every_size<std::uint8_t>(DType::uint8);
  expect_integers_of_every_size<std::uint16_t>(DType::uint16);
  expect_integers_of_every_size<std::uint32_t>(DType::uint32);
  expect_integers_of_every_size<std::uint64_t>(DType::uint64);
}

TEST_P(CpuHash, CutsIntegersIntoDigitsAroundMultiples) {
  Rng rng(10);
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t group =
        rng.pick({std::uint64_t{100000000}, std::uint64_t{10000000000000000}});
    const std::uint64_t multiple = rng.integer() / group * group;
    for (const std::uint64_t v : {multiple - 1, multiple, multiple + 1}) values.push_back(v);
  }
  expect_integers(DType::uint64, values, 0);
  expect_integers(DType::int64, std::vector<std::int64_t>(values.begin(), values.end()), 0);
}

TEST_P(CpuHash, TakesEveryInteger16) {
  std::vector<std::int16_t> values;
  for (int v = -32768; v <= 32767; ++v) values.push_back(static_cast<std::int16_t>(v));
  expect_integers(DType::int16, values, 0);
}

INSTANTIATE_TEST_SUITE_P(, CpuHash, testing::Values(Simd::scalar, Simd::avx512),
                         [](const auto& path) { return std::string(to_string(path.param)); });

}  // namespace
}  // namespace seqfeat::cpu
