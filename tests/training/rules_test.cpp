// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

#include "seqfeat/error.hpp"
#include "seqfeat/float_type.hpp"
#include "seqfeat/gradient.hpp"
#include "seqfeat/optimizer.hpp"
#include "seqfeat/stochastic_rounding.hpp"
#include "tests/support/refusal.hpp"

// The rules by themselves: sums in blocks, optimizers as values and as JSON, rounding at random.

namespace seqfeat::test {
namespace {

/// A sum that remembers how it was made.
struct Formula {
  std::string text;
  friend Formula operator+(const Formula& a, const Formula& b) {
    return {"(" + a.text + "+" + b.text + ")"};
  }
};

Formula level_by_level(std::vector<Formula> level) {
  while (level.size() > 1) {
    std::vector<Formula> sums;
    for (std::size_t i = 0; i < level.size(); i += 8) {
      sums.push_back(level[i]);
      for (std::size_t j = i + 1; j < std::min(level.size(), i + 8); ++j) {
        sums.back() = sums.back() + level[j];
      }
    }
    level = std::move(sums);
  }
  return level.front();
}

TEST(BlockSums, AddWhatLevelsOfBlocksOfEightAdd) {
  std::vector<Formula> all;
  BlockSums<Formula> sums;
  for (int n = 1; n <= 1200; ++n) {
    all.push_back({std::to_string(n)});
    sums.add(all.back());
    ASSERT_EQ(sums.total().text, level_by_level(all).text) << n;
  }
}

TEST(BlockSums, TakeSumsOfAlignedPartsForContributions) {
  std::vector<Formula> all;
  BlockSums<Formula> parts;
  for (int n = 0; n < 64 * 20 + 5; ++n) all.push_back({std::to_string(n)});
  for (std::size_t at = 0; at < all.size(); at += 64) {
    BlockSums<Formula> part;
    for (std::size_t i = at; i < std::min(all.size(), at + 64); ++i) part.add(all[i]);
    parts.add(part.total());
  }
  EXPECT_EQ(parts.total().text, level_by_level(all).text);
}

TEST(Optimizers, AreTheSameAfterJson) {
  const std::vector<Optimizer> all{
      sgd({.learning_rate = 0.1, .weight_decay = 0.5}),
      adagrad({.epsilon = 1e-7, .initial_accumulator_value = 0.1, .epsilon_in_root = true}),
      rowwise_adagrad({.stochastic_rounding = ~std::uint64_t{0}}),
      adam({.beta_1 = 0.0, .stochastic_rounding = 0}), ftrl({.l1 = 0.3, .l2 = 0.1, .beta = 2})};
  for (const Optimizer& optimizer : all) {
    const std::string text = to_json(optimizer);
    EXPECT_EQ(parse_optimizer(text), optimizer) << text;
    EXPECT_EQ(to_json(parse_optimizer(text)), text);
  }
  EXPECT_EQ(parse_optimizer(R"({"type": "adam"})"), adam());
  EXPECT_EQ(to_json(adam()),
            R"({"type": "adam", "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, )"
            R"("epsilon": 1e-08, "weight_decay": 0.0, "stochastic_rounding": null})");
}

TEST(Optimizers, AreRefusedByName) {
  const auto text = [](const char* json) {
    return refusal<InvalidArgument>([&] { return parse_optimizer(json); });
  };
  EXPECT_TRUE(holds(text(R"({"type": "adam", "beta1": 0.9})"), "beta1", "beta_1"));
  EXPECT_TRUE(holds(text(R"({"type": "adma"})"), "/type", "adma", "adam"));
  EXPECT_TRUE(holds(text(R"({"type": "ftrl", "lr_power": -0.7})"), "lr_power", "-0.7"));
  EXPECT_TRUE(holds(text(R"({"type": "sgd", "learning_rate": "1"})"), "learning_rate"));
  EXPECT_TRUE(holds(text(R"({"type": "sgd", "stochastic_rounding": -1})"), "stochastic_rounding"));
  const auto made = [](const auto& settings) {
    return refusal<InvalidArgument>([&] { return Optimizer(settings); });
  };
  EXPECT_TRUE(holds(made(Sgd{.learning_rate = -1}), "learning_rate", "-1"));
  EXPECT_TRUE(holds(made(Sgd{.weight_decay = NAN}), "weight_decay"));
  EXPECT_TRUE(holds(made(Adam{.beta_2 = 1}), "beta_2", "[0, 1)"));
  EXPECT_TRUE(holds(made(Adagrad{.epsilon = -1e-9}), "epsilon"));
  EXPECT_TRUE(holds(made(Ftrl{.l1 = INFINITY}), "l1"));
}

TEST(StochasticRounding, GoesUpAsOftenAsTheDroppedFractionSays) {
  // All random numbers that matter, for numbers of every size.
  for (const float value : {1.0F + 0x1p-9F, -3.7F, 0x1.234p-15F, 0x1.fp-20F, 60001.5F, 1e-7F}) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    double sum = 0;
    constexpr std::uint32_t kDraws = 1 << 16;
    for (std::uint32_t i = 0; i < kDraws; ++i) {
      // Spread over 32 bits, each of the lower 16 once.
      const std::uint32_t random = i << 16 | i;
      sum += double{float_from_bfloat16(stochastic_bfloat16(bits, random))};
    }
    EXPECT_NEAR(sum / kDraws, double{value}, std::abs(double{value}) * 1e-5);
    sum = 0;
    for (std::uint32_t i = 0; i < kDraws; ++i) {
      sum += double{float_from_float16(stochastic_float16(bits, i * 0x9e3779b1U))};
    }
    EXPECT_NEAR(sum / kDraws, double{value}, std::max(std::abs(double{value}) * 1e-4, 3e-10));
  }
}

TEST(StochasticRounding, KeepsWhatIsExact) {
  for (std::uint32_t half = 0; half < 0x10000; ++half) {
    const auto stored = static_cast<std::uint16_t>(half);
    for (const std::uint32_t random : {0U, ~0U, 0x12345678U}) {
      const float wide = float_from_bfloat16(stored);
      const std::uint16_t got = stochastic_bfloat16(std::bit_cast<std::uint32_t>(wide), random);
      EXPECT_EQ(got, std::isnan(wide) ? 0x7fff : stored);
      const float other = float_from_float16(stored);
      const std::uint16_t same = stochastic_float16(std::bit_cast<std::uint32_t>(other), random);
      EXPECT_EQ(same, std::isnan(other) ? 0x7fff : stored);
    }
  }
}

}  // namespace
}  // namespace seqfeat::test
