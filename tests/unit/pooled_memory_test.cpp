// SPDX-License-Identifier: Apache-2.0
#include "cpu/pooled_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/support/counting_memory.hpp"

namespace seqfeat::cpu {
namespace {

constexpr std::int64_t kMegabyte = std::int64_t{1} << 20;

TEST(PooledMemory, GivesALargeBlockAgainToWhoeverWantsAboutThatSize) {
  const auto memory = make_pooled_memory();
  void* first = Buffer(memory, 10 * kMegabyte, kHostStream).data();
  EXPECT_EQ(Buffer(memory, 10 * kMegabyte - 4096, kHostStream).data(), first);
}

TEST(PooledMemory, GivesNoBlockTwiceAndAllOfThemAligned) {
  const auto memory = make_pooled_memory();
  for (const std::int64_t bytes : {std::int64_t{1}, std::int64_t{65'535}, std::int64_t{65'536},
                                   kMegabyte + 1, 3 * kMegabyte}) {
    std::vector<Buffer> live;
    std::set<void*> seen;
    for (int i = 0; i < 4; ++i) {
      live.emplace_back(memory, bytes, kHostStream);
      std::memset(live.back().data(), i, static_cast<std::size_t>(bytes));
      EXPECT_TRUE(seen.insert(live.back().data()).second) << bytes;
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(live.back().data()) % Buffer::kAlignment, 0U);
    }
    for (int i = 0; i < 4; ++i) {
      const auto* begin = live[static_cast<std::size_t>(i)].as<unsigned char>();
      EXPECT_EQ(begin[0], i) << bytes;
      EXPECT_EQ(begin[bytes - 1], i) << bytes;
    }
  }
}

TEST(PooledMemory, KeepsNoMoreThanWasOnceInUse) {
  const auto counting = std::make_shared<test::CountingMemory>(host_memory_resource());
  const auto memory = make_pooled_memory(counting);
  std::int64_t most = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::int64_t megabytes = 1; megabytes <= 32; ++megabytes) {  // each another size
      const std::int64_t bytes = megabytes * kMegabyte;
      most = std::max(most, bytes);
      const Buffer block(memory, bytes, kHostStream);
      EXPECT_LE(counting->live, most + most / 4);
    }
  }
}

TEST(PooledMemory, KeepsABlockWhileAnotherIsTakenAgainAndAgain) {
  const auto counting = std::make_shared<test::CountingMemory>(host_memory_resource());
  const auto memory = make_pooled_memory(counting);
  {
    const Buffer small(memory, kMegabyte, kHostStream);
    const Buffer large(memory, 4 * kMegabyte, kHostStream);
  }
  for (int i = 0; i < 100; ++i) Buffer(memory, kMegabyte, kHostStream);
  EXPECT_EQ(counting->live, 5 * kMegabyte);
  EXPECT_EQ(counting->allocations, 2);
}

TEST(PooledMemory, DoesNotCountWhatItCouldNotGet) {
  const auto counting = std::make_shared<test::CountingMemory>(host_memory_resource());
  const auto memory = make_pooled_memory(counting);
  {
    const Buffer one(memory, 4 * kMegabyte, kHostStream);
    const Buffer other(memory, 4 * kMegabyte, kHostStream);
  }
  EXPECT_THROW(Buffer(memory, std::int64_t{1} << 60, kHostStream), OutOfMemory);
  for (const std::int64_t megabytes : {1, 4}) Buffer(memory, megabytes * kMegabyte, kHostStream);
  EXPECT_EQ(counting->live, 5 * kMegabyte) << "less than the 8 MiB that were once in use";
}

TEST(PooledMemory, KeepsTheSmallestOfLargeBlocks) {
  const auto counting = std::make_shared<test::CountingMemory>(host_memory_resource());
  const auto memory = make_pooled_memory(counting);
  for (int i = 0; i < 3; ++i) Buffer(memory, 65'536, kHostStream);
  EXPECT_EQ(counting->allocations, 1);
}

TEST(PooledMemory, GivesBackWhatFindsNoTaker) {
  const auto counting = std::make_shared<test::CountingMemory>(host_memory_resource());
  const auto memory = make_pooled_memory(counting);
  { const Buffer once(memory, 64 * kMegabyte, kHostStream); }
  EXPECT_GE(counting->live, 64 * kMegabyte);
  for (int i = 0; i < 300; ++i) Buffer(memory, kMegabyte, kHostStream);
  EXPECT_LE(counting->live, 2 * kMegabyte);
}

TEST(PooledMemory, GivesUpWhatItKeepsBeforeItRefuses) {
  const auto counting = std::make_shared<test::CountingMemory>(host_memory_resource());
  const auto memory = make_pooled_memory(counting);
  {
    const Buffer one(memory, 3 * kMegabyte, kHostStream);
    const Buffer other(memory, 5 * kMegabyte, kHostStream);
  }
  counting->fail_after = 0;  // the next allocation, and only that
  const Buffer block(memory, kMegabyte, kHostStream);
  EXPECT_NE(block.data(), nullptr);
  EXPECT_EQ(counting->live, kMegabyte);
}

TEST(PooledMemory, RefusesWhatCannotBeHadAndGoesOn) {
  const auto memory = make_pooled_memory();
  EXPECT_THROW(Buffer(memory, INT64_MAX - 300, kHostStream), OutOfMemory);
  EXPECT_THROW(Buffer(memory, std::int64_t{1} << 60, kHostStream), OutOfMemory);
  EXPECT_NE(Buffer(memory, kMegabyte, kHostStream).data(), nullptr);
}

TEST(PooledMemory, ServesThreadsAtOnce) {
  const auto memory = make_pooled_memory();
  const auto work = [&memory](std::int64_t seed) {
    for (std::int64_t i = 0; i < 500; ++i) {
      const std::int64_t bytes = (1 + (seed + i) % 7) * 40'000;
      const Buffer block(memory, bytes, kHostStream);
      block.as<std::int64_t>()[0] = seed;
      block.as<std::int64_t>()[bytes / 8 - 1] = i;
      EXPECT_EQ(block.as<std::int64_t>()[0], seed);
      EXPECT_EQ(block.as<std::int64_t>()[bytes / 8 - 1], i);
    }
  };
  std::vector<std::jthread> threads;
  for (std::int64_t seed = 0; seed < 4; ++seed) threads.emplace_back(work, seed);
}

}  // namespace
}  // namespace seqfeat::cpu
