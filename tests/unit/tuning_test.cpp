// SPDX-License-Identifier: Apache-2.0
#include "backend/tuning.hpp"

#include <gtest/gtest.h>

#include <string>

#include "seqfeat/error.hpp"

namespace seqfeat::detail {
namespace {

std::string refusal_of(const std::string& setting) {
  try {
    tune(setting);
  } catch (const InvalidArgument& error) {
    return error.what();
  }
  return "";
}

TEST(Tuning, StartsWithTheDefaults) {
  for (std::size_t i = 0; i < knobs().size(); ++i) {
    EXPECT_EQ(tuned(static_cast<Knob>(i)), knobs()[i].by_default) << knobs()[i].name;
    EXPECT_GE(knobs()[i].by_default, knobs()[i].least);
    EXPECT_LE(knobs()[i].by_default, knobs()[i].most);
  }
}

TEST(Tuning, TakesANameAndAValueAndGivesTheOldValueBack) {
  {
    const Tuned outer(Knob::slots_per_block, 16);
    EXPECT_EQ(tuned(Knob::slots_per_block), 16);
    {
      const Tuned inner(Knob::slots_per_block, 64);
      tune("slots_per_block=32");
      EXPECT_EQ(tuned(Knob::slots_per_block), 32);
      EXPECT_EQ(tuned(Knob::streaming_stores), 1);
    }
    EXPECT_EQ(tuned(Knob::slots_per_block), 16);
  }
  EXPECT_EQ(tuned(Knob::slots_per_block), 0);
}

TEST(Tuning, FindsEachKnobByItsOwnName) {
  EXPECT_EQ(knobs()[static_cast<std::size_t>(Knob::slots_per_block)].name, "slots_per_block");
  EXPECT_EQ(knobs()[static_cast<std::size_t>(Knob::streaming_stores)].name, "streaming_stores");
  EXPECT_EQ(knobs()[static_cast<std::size_t>(Knob::copy_kernel)].name, "copy_kernel");
}

TEST(Tuning, RefusesWhatItDoesNotKnow) {
  const std::string unknown = refusal_of("slots=1");
  for (const KnobInfo& knob : knobs()) EXPECT_NE(unknown.find(knob.name), std::string::npos);
  EXPECT_NE(unknown.find("got 'slots'"), std::string::npos) << unknown;
  EXPECT_NE(refusal_of("copy_kernel=2").find("got 2, expected 0 to 1"), std::string::npos);
  for (const char* text :
       {"copy_kernel", "copy_kernel=", "copy_kernel=x", "copy_kernel=1x", "=1"}) {
    EXPECT_NE(refusal_of(text), "") << text;
  }
  EXPECT_EQ(tuned(Knob::copy_kernel), 1);
}

}  // namespace
}  // namespace seqfeat::detail
