// SPDX-License-Identifier: Apache-2.0
#include "bench/workload.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "fake_device.hpp"
#include "seqfeat/error.hpp"
#include "tests/support/refusal.hpp"

namespace seqfeat::bench {
namespace {

std::vector<std::string> names(const std::vector<Workload>& workloads) {
  std::vector<std::string> found;
  for (const Workload& workload : workloads) found.push_back(workload.name);
  return found;
}

TEST(Workloads, AreSelectedByTheBeginningOfTheirNamesInTheOrderThatIsAsked) {
  const std::vector<Workload> all = {{"W1/a", "", {}}, {"W2", "", {}}, {"W1/b", "", {}}};
  EXPECT_EQ(names(select(all, {})), names(all));
  EXPECT_EQ(names(select(all, {"W1"})), (std::vector<std::string>{"W1/a", "W1/b"}));
  EXPECT_EQ(names(select(all, {"W2", "W1/b"})), (std::vector<std::string>{"W2", "W1/b"}));
  EXPECT_EQ(names(select(all, {"W1/b", "W1"})), (std::vector<std::string>{"W1/b", "W1/a"}));
}

TEST(Workloads, AreSelectedByTheirWholeNamesToo) {
  const std::vector<Workload> all = {{"W1", "", {}}, {"W1/a", "", {}}, {"W1/a/b", "", {}}};
  EXPECT_EQ(names(select(all, {"W1/a$"})), std::vector<std::string>{"W1/a"});
  EXPECT_THROW(refuse_unknown({"W1/$"}, all), InvalidArgument);
}

TEST(Workloads, OfAGroupAreTakenOnlyWhereAPrefixNamesIt) {
  const std::vector<Workload> all = {{"W1/a", "", {}}, {"W1/grid/b", "", {}, "W1/grid"}};
  EXPECT_EQ(names(select(all, {})), std::vector<std::string>{"W1/a"});
  EXPECT_EQ(names(select(all, {"W1/"})), std::vector<std::string>{"W1/a"});
  EXPECT_EQ(names(select(all, {"W1/grid"})), std::vector<std::string>{"W1/grid/b"});
  EXPECT_EQ(names(select(all, {"W1/grid/b"})), std::vector<std::string>{"W1/grid/b"});
  EXPECT_THROW(refuse_unknown({"W1/g"}, all), InvalidArgument);
}

TEST(Workloads, OfUnknownNamesAreRefused) {
  const std::string refused = test::refusal<InvalidArgument>([] {
    refuse_unknown({"W7", "W99"}, std::vector<Workload>{{"W7/a", "", {}}});
  });
  EXPECT_TRUE(test::holds(refused, "W99", "--list")) << refused;
}

/// The elements of a table of halves, as their bits.
std::vector<std::uint16_t> halves(const TableView& table) {
  std::vector<std::uint16_t> bits(static_cast<std::size_t>(table.rows * table.dim));
  std::memcpy(bits.data(), table.data, bits.size() * sizeof bits[0]);
  return bits;
}

TEST(Tables, OfHalvesAreTheBytesOfTheFloatsThatPeersMakeToo) {
  Floats floats(Backend::cpu(), kHostStream);
  floats.reserve(9, FloatType::float16);
  const std::vector<std::uint16_t> expected = {0xaccd, 0x3e9f, 0xa4cf, 0xbc9a, 0x058b,
                                               0xbf6f, 0x14f8, 0x3e35, 0x1411};  // peers_test.py
  EXPECT_EQ(halves(floats.on_host(3, 3, 0, FloatType::float16)), expected);
  EXPECT_EQ(halves(floats.on_device(3, 3, 0, FloatType::bfloat16)), expected);
}

TEST(Tables, OfHalvesHoldFiniteNumbersBelowTwo) {
  Floats floats(Backend::cpu(), kHostStream);
  floats.reserve(100'000, FloatType::float16);
  for (const std::uint16_t bits : halves(floats.on_host(1000, 100, 0, FloatType::float16))) {
    ASSERT_LT(std::abs(float_from_float16(bits)), 2.0F) << bits;
    ASSERT_LT(std::abs(float_from_bfloat16(bits)), 2.0F) << bits;
  }
}

/// A context on the host; the workload under test adds one to a number.
class Runs : public testing::Test {
 protected:
  FakeDevice device_;
  Floats floats_{Backend::cpu(), kHostStream};
  Context context_{{Backend::cpu()},
                   Backend::cpu(),
                   device_,
                   floats_,
                   {.warm_up = 1, .samples = 2, .back_to_back = 3}};
  int written_ = 0;
  int launches_ = 0;
  int wrong_from_ = 1000;  ///< The launch from which on results are wrong.

  Workload workload() {
    return {"sum", "", [this](Context&) {
              Job job;
              job.tokens = 5;
              job.bytes = 6;
              job.ideal_bytes = 7;
              job.ours = {[this](std::int64_t) { written_ = ++launches_ < wrong_from_ ? 42 : 43; },
                          {{&written_, sizeof written_}},
                          [this] { return std::string(written_ == 42 ? "" : "sum[0]"); }};
              return job;
            }};
  }
};

TEST_F(Runs, GiveResultsAfterReadsAfterWritesAndWarm) {
  const std::vector<Result> results = run(workload(), context_);
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(results[0].cache, "cold");
  EXPECT_EQ(results[0].launches, 1);
  EXPECT_EQ(results[1].cache, "dirty");
  EXPECT_EQ(results[1].launches, 1);
  EXPECT_EQ(results[2].cache, "warm");
  EXPECT_EQ(results[2].launches, 3);
  // A warm-up before each kind, and the gate's poison before and after.
  EXPECT_EQ(device_.log, "p(0 )(0 )r(0 )r(1 )(0 )w(0 )w(1 )(0 )(0 1 2 )(3 4 5 )p(0 )");
  for (const Result& result : results) {
    EXPECT_EQ(result.samples.size(), 2U);
    EXPECT_EQ(result.tokens, 5);
    EXPECT_EQ(result.bytes, 6);
    EXPECT_EQ(result.ideal_bytes, 7);
  }
}

TEST_F(Runs, RefuseToTimeWhatIsWrong) {
  wrong_from_ = 1;
  EXPECT_THROW(static_cast<void>(run(workload(), context_)), WrongResult);
  EXPECT_EQ(launches_, 1);
}

TEST_F(Runs, NoticeResultsThatGoWrongWhileTheyAreTimed) {
  wrong_from_ = 5;
  const std::string refused = test::refusal<WrongResult>([&] { return run(workload(), context_); });
  EXPECT_TRUE(test::holds(refused, "after timing")) << refused;
}

TEST_F(Runs, GateTheBaselineToo) {
  Workload compared = workload();
  const auto prepare = compared.prepare;
  compared.prepare = [&](Context& context) {
    Job job = prepare(context);
    job.baselines = {{"slow", {[](std::int64_t) {}, {}, [] { return std::string("other"); }}}};
    return job;
  };
  const std::string refused = test::refusal<WrongResult>([&] { return run(compared, context_); });
  EXPECT_TRUE(test::holds(refused, "slow", "other")) << refused;
}

TEST_F(Runs, HoldOursAgainstTheFastestBaselineAndKeepTheOthersBesideIt) {
  Workload compared = workload();
  int running = 0;
  compared.prepare = [&, prepare = compared.prepare](Context& context) {
    Job job = prepare(context);
    job.kernels = 4;
    const Launch ours = job.ours.launch;
    job.ours.launch = [&, ours](std::int64_t i) {
      running = 0;
      ours(i);
    };
    for (const int k : {1, 2, 3}) {
      job.baselines.push_back({"baseline " + std::to_string(k),
                               {[&, k](std::int64_t) { running = k; }, {}, [] { return ""; }}});
    }
    return job;
  };
  device_.clock = [&] { return std::vector<double>{4, 3, 1, 2}.at(static_cast<size_t>(running)); };
  const Result cold = run(compared, context_).front();
  EXPECT_EQ(cold.kernels, 4);
  EXPECT_EQ(cold.samples, (std::vector<double>{4, 4}));
  EXPECT_EQ(cold.baseline, "baseline 2");
  EXPECT_EQ(cold.baseline_samples, (std::vector<double>{1, 1}));
  ASSERT_EQ(cold.references.size(), 2U);
  EXPECT_EQ(cold.references[0].name, "baseline 1");
  EXPECT_EQ(cold.references[1].samples, (std::vector<double>{2, 2}));
}

TEST_F(Runs, CompareInPiecesAndNameAPlaceBeyondTheFirst) {
  const std::size_t count = (std::size_t{1} << 26) / sizeof(std::int64_t) + 5;
  const std::vector<std::int64_t> expected(count, 7);
  std::vector<std::int64_t> got = expected;
  EXPECT_EQ(context_.difference<std::int64_t>("ids", got.data(), expected), "");
  got[count - 2] = 8;
  EXPECT_EQ(context_.difference<std::int64_t>("ids", got.data(), expected),
            "ids[" + std::to_string(count - 2) + "]");
}

TEST_F(Runs, NameTheFirstElementThatDiffers) {
  const std::vector<std::int64_t> got = {1, 2, 3};
  const std::vector<std::int64_t> expected = {1, 2, 4};
  EXPECT_EQ(context_.difference<std::int64_t>("ids", got.data(), got), "");
  EXPECT_EQ(context_.difference<std::int64_t>("ids", got.data(), expected), "ids[2]");
}

}  // namespace
}  // namespace seqfeat::bench
