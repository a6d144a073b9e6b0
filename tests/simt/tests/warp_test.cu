// SPDX-License-Identifier: Apache-2.0
#include <cooperative_groups/reduce.h>
#include <cooperative_groups/scan.h>

#include "on_device.cuh"

namespace simt::test {
namespace {

namespace cg = cooperative_groups;

constexpr unsigned kAll = 0xffffffffu;

__global__ void shuffle_kernel(int* out, int which, int width) {
  const int t = static_cast<int>(threadIdx.x);
  const int v = 100 + t;
  out[t] = which == 0   ? __shfl_sync(kAll, v, 3, width)
           : which == 1 ? __shfl_up_sync(kAll, v, 2, width)
           : which == 2 ? __shfl_down_sync(kAll, v, 2, width)
                        : __shfl_xor_sync(kAll, v, 5, width);
}

TEST(Warp, ShufflesStayWithinTheirWidth) {
  for (const int width : {32, 16, 8}) {
    SCOPED_TRACE(width);
    const auto base = [=](int i) { return i & ~(width - 1); };
    expect_each(results(64, 64, shuffle_kernel, 0, width),
                [&](int i) { return 100 + (i & ~31) + (base(i & 31) | 3); });
    expect_each(results(64, 64, shuffle_kernel, 1, width),
                [&](int i) { return 100 + (i - 2 < base(i) ? i : i - 2); });
    expect_each(results(64, 64, shuffle_kernel, 2, width),
                [&](int i) { return 100 + (i + 2 >= base(i) + width ? i : i + 2); });
    expect_each(results(64, 64, shuffle_kernel, 3, width), [&](int i) { return 100 + (i ^ 5); });
  }
}

__global__ void wide_shuffle_kernel(double* out) {
  out[threadIdx.x] = __shfl_xor_sync(kAll, 0.5 + threadIdx.x, 1);
}

TEST(Warp, ShufflesMoveEightBytes) {
  expect_each(results(32, 32, wide_shuffle_kernel), [](int i) { return 0.5 + (i ^ 1); });
}

__global__ void vote_kernel(unsigned* out) {
  const unsigned t = threadIdx.x;
  out[t * 6 + 0] = __ballot_sync(kAll, t % 3 == 0);
  out[t * 6 + 1] = static_cast<unsigned>(__any_sync(kAll, t == 40));
  out[t * 6 + 2] = static_cast<unsigned>(__all_sync(kAll, t < 32));
  out[t * 6 + 3] = __match_any_sync(kAll, t % 4);
  int equal = -1;
  out[t * 6 + 4] = __match_all_sync(kAll, t / 32, &equal);
  out[t * 6 + 5] = static_cast<unsigned>(equal);
}

TEST(Warp, VotesAndMatchesSeeTheirWarpOnly) {
  const auto got = results(64, 64 * 6, vote_kernel);
  for (unsigned t = 0; t < 64; ++t) {
    unsigned thirds = 0;
    for (unsigned i = 0; i < 32; ++i) thirds |= ((t / 32 * 32 + i) % 3 == 0 ? 1u : 0u) << i;
    EXPECT_EQ(got[t * 6 + 0], thirds);
    EXPECT_EQ(got[t * 6 + 1], t >= 32);
    EXPECT_EQ(got[t * 6 + 2], t < 32);
    EXPECT_EQ(got[t * 6 + 3], 0x11111111u << t % 4);
    EXPECT_EQ(got[t * 6 + 4], kAll);
    EXPECT_EQ(got[t * 6 + 5], 1u);
  }
}

__global__ void reduce_kernel(unsigned* out) {
  const unsigned t = threadIdx.x;
  const unsigned got[] = {__reduce_add_sync(kAll, t), __reduce_min_sync(kAll, t),
                          __reduce_max_sync(kAll, t), __reduce_and_sync(kAll, t | 64),
                          __reduce_or_sync(kAll, t),  __reduce_xor_sync(kAll, 1u << t)};
  if (t == 7) {
    for (int i = 0; i < 6; ++i) out[i] = got[i];
  }
}

TEST(Warp, ReductionsReachEveryLane) {
  EXPECT_EQ(results(32, 6, reduce_kernel), (std::vector<unsigned>{496, 0, 31, 64, 31, kAll}));
}

__global__ void exit_kernel(unsigned* out) {
  if (threadIdx.x >= 20) return;
  out[threadIdx.x] = __ballot_sync(kAll, 1);
}

TEST(Warp, ExitedLanesAreNotWaitedFor) {
  expect_each(results(32, 20, exit_kernel), [](int) { return 0xfffffu; });
}

template <unsigned N>
__global__ void tile_kernel(int* out) {
  const auto tile = cg::tiled_partition<N>(cg::this_thread_block());
  const int t = static_cast<int>(cg::this_thread_block().thread_rank());
  const int rank = static_cast<int>(tile.thread_rank());
  tile.sync();
  out[t * 8 + 0] = tile.shfl(t, 0);
  out[t * 8 + 1] = tile.shfl_down(t, 1);
  out[t * 8 + 2] = tile.shfl_up(t, 1);
  out[t * 8 + 3] = tile.shfl_xor(t, 1);
  out[t * 8 + 4] = cg::reduce(tile, rank, cg::plus<int>());
  out[t * 8 + 5] = cg::inclusive_scan(tile, 1);
  out[t * 8 + 6] = static_cast<int>(tile.ballot(rank == 0));
  out[t * 8 + 7] = static_cast<int>(tile.meta_group_rank());
}

template <unsigned N>
void expect_tiles() {
  const auto got = results(96, 96 * 8, tile_kernel<N>);
  const int n = static_cast<int>(N);
  for (int t = 0; t < 96; ++t) {
    SCOPED_TRACE(t);
    const auto* o = &got[static_cast<std::size_t>(t) * 8];
    const int rank = t % n, first = t - rank;
    EXPECT_EQ(o[0], first);
    EXPECT_EQ(o[1], rank + 1 < n ? t + 1 : t);
    EXPECT_EQ(o[2], rank > 0 ? t - 1 : t);
    EXPECT_EQ(o[3], n > 1 ? t ^ 1 : t);
    EXPECT_EQ(o[4], n * (n - 1) / 2);
    EXPECT_EQ(o[5], rank + 1);
    EXPECT_EQ(o[6], 1);
    EXPECT_EQ(o[7], t / n);
  }
}

TEST(Tiles, WorkLikeWarpsOfTheirSize) {
  expect_tiles<1>();
  expect_tiles<2>();
  expect_tiles<4>();
  expect_tiles<8>();
  expect_tiles<16>();
  expect_tiles<32>();
}

__global__ void barrier_kernel(int* out) {
  const int t = static_cast<int>(threadIdx.x);
  out[t * 3 + 0] = __syncthreads_count(t % 3 == 0);
  out[t * 3 + 1] = __syncthreads_and(t < 100);
  out[t * 3 + 2] = __syncthreads_or(t == 99);
}

TEST(Barriers, CountAndVoteOverTheBlock) {
  const auto got = results(100, 300, barrier_kernel);
  for (std::size_t t = 0; t < 100; ++t) {
    EXPECT_EQ(got[t * 3 + 0], 34);
    EXPECT_EQ(got[t * 3 + 1], 1);
    EXPECT_EQ(got[t * 3 + 2], 1);
  }
}

}  // namespace
}  // namespace simt::test
