// SPDX-License-Identifier: Apache-2.0
#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cmath>
#include <limits>

#include "on_device.cuh"

namespace simt::test {
namespace {

TEST(Scalar, IntegerIntrinsicsMatchTheirDefinition) {
  EXPECT_EQ(__popc(0xf0f0u), 8);
  EXPECT_EQ(__popcll(~0ull), 64);
  EXPECT_EQ(__clz(0), 32);
  EXPECT_EQ(__clz(1), 31);
  EXPECT_EQ(__clzll(1), 63);
  EXPECT_EQ(__ffs(0), 0);
  EXPECT_EQ(__ffs(8), 4);
  EXPECT_EQ(__ffsll(1ll << 40), 41);
  EXPECT_EQ(__brev(1u), 0x80000000u);
  EXPECT_EQ(__brev(0x12345678u), 0x1e6a2c48u);
  EXPECT_EQ(__brevll(1ull << 8), 1ull << 55);
  EXPECT_EQ(__umulhi(0xffffffffu, 0xffffffffu), 0xfffffffeu);
  EXPECT_EQ(__mulhi(-1, 1), -1);
  EXPECT_EQ(__umul64hi(~0ull, ~0ull), ~0ull - 1);
  EXPECT_EQ(__mul64hi(-1, 1), -1);
  EXPECT_EQ(__funnelshift_l(0x80000001u, 0x00000001u, 4), 0x00000018u);
  EXPECT_EQ(__funnelshift_r(0x80000001u, 0x00000001u, 4), 0x18000000u);
  EXPECT_EQ(__funnelshift_r(1u, 2u, 32), 1u);
  EXPECT_EQ(__funnelshift_rc(1u, 2u, 32), 2u);
  EXPECT_EQ(__funnelshift_lc(1u, 2u, 32), 1u);
  EXPECT_EQ(__byte_perm(0x33221100u, 0x77665544u, 0x7531u), 0x77553311u);
  EXPECT_EQ(__byte_perm(0x00008000u, 0, 0x9999u), 0xffffffffu);
}

TEST(Scalar, FloatIntrinsicsRoundOnceAndNeverFuse) {
  const float a = 1.0f + 0x1p-12f;
  EXPECT_EQ(__fadd_rn(__fmul_rn(a, a), -1.0f), 0x1p-11f);
  EXPECT_EQ(__fmaf_rn(a, a, -1.0f), 0x1p-11f + 0x1p-24f);
  EXPECT_EQ(__fdiv_rn(1.0f, 3.0f), 1.0f / 3.0f);
  EXPECT_EQ(__fsqrt_rn(2.0f), std::sqrt(2.0f));
  EXPECT_EQ(__float_as_uint(1.0f), 0x3f800000u);
  EXPECT_EQ(__uint_as_float(0x7f800000u), std::numeric_limits<float>::infinity());
}

TEST(SmallFloats, EveryHalfSurvivesTheWayToFloatAndBack) {
  for (unsigned bits = 0; bits < 0x10000u; ++bits) {
    const auto half = __ushort_as_half(static_cast<unsigned short>(bits));
    const bool nan = (bits & 0x7fffu) > 0x7c00u;
    ASSERT_EQ(__half_as_ushort(__float2half_rn(__half2float(half))), nan ? 0x7fffu : bits);
    const auto brain = __ushort_as_bfloat16(static_cast<unsigned short>(bits));
    const bool brain_nan = (bits & 0x7fffu) > 0x7f80u;
    ASSERT_EQ(__bfloat16_as_ushort(__float2bfloat16_rn(__bfloat162float(brain))),
              brain_nan ? 0x7fffu : bits);
  }
}

TEST(SmallFloats, HalvesRoundToTheNearestAndTiesToEven) {
  for (unsigned bits = 0; bits < 0x7bffu; ++bits) {
    const float low = float_from_half(static_cast<std::uint16_t>(bits));
    const float high = float_from_half(static_cast<std::uint16_t>(bits + 1));
    const float middle = low + (high - low) / 2;  // exact: floats are finer by 13 bits
    ASSERT_EQ(half_from_float(std::nextafter(middle, 0.0f)), bits);
    ASSERT_EQ(half_from_float(std::nextafter(middle, 1e9f)), bits + 1);
    ASSERT_EQ(half_from_float(middle), bits + (bits & 1u));
  }
  EXPECT_EQ(half_from_float(65519.996f), 0x7bff);
  EXPECT_EQ(half_from_float(65520.0f), 0x7c00);
  EXPECT_EQ(half_from_float(-1e30f), 0xfc00);
  EXPECT_EQ(half_from_float(-0.0f), 0x8000);
}

TEST(SmallFloats, Bfloat16RoundsToTheNearestAndTiesToEven) {
  EXPECT_EQ(bfloat16_from_float(std::bit_cast<float>(0x3f808000u)), 0x3f80);
  EXPECT_EQ(bfloat16_from_float(std::bit_cast<float>(0x3f818000u)), 0x3f82);
  EXPECT_EQ(bfloat16_from_float(std::bit_cast<float>(0x3f808001u)), 0x3f81);
  EXPECT_EQ(bfloat16_from_float(std::numeric_limits<float>::max()), 0x7f80);
}

__global__ void atomics_kernel(unsigned long long* out) {
  const unsigned t = threadIdx.x;
  if (t == 0) {
    for (int i = 0; i < 7; ++i) out[i] = i == 2 || i == 5 ? ~0ull : 0;
  }
  __syncthreads();
  atomicAdd(&out[0], t);
  atomicMax(&out[1], t);
  atomicMin(&out[2], t);
  atomicOr(&out[3], 1ull << t);
  atomicXor(&out[4], 1ull << t);
  if (t != 5) atomicAnd(&out[5], ~(1ull << t));
  auto* words = reinterpret_cast<unsigned*>(&out[6]);
  atomicInc(words, 9);
  atomicDec(words + 1, 9);
}

TEST(Atomics, UpdateOneAfterTheOther) {
  using Words = std::vector<unsigned long long>;
  EXPECT_EQ(results(32, 7, atomics_kernel),
            (Words{496, 31, 0, 0xffffffffull, 0xffffffffull, ~0xffffffffull | 32, 8ull << 32 | 2}));
}

__global__ void lock_kernel(int* out) {
  if (threadIdx.x == 0) out[0] = out[1] = 0;
  __syncthreads();
  for (bool done = false; !done; __nanosleep(1)) {
    if (atomicCAS(&out[0], 0, 1) != 0) continue;
    __threadfence();
    ++out[1];
    __threadfence();
    atomicExch(&out[0], 0);
    done = true;
  }
}

TEST(Atomics, CarryALockBetweenThreads) {
  EXPECT_EQ(results(96, 2, lock_kernel), (std::vector<int>{0, 96}));
}

}  // namespace
}  // namespace simt::test
