// SPDX-License-Identifier: Apache-2.0
#include "tests/bad_input/bad_input.hpp"

#include <gtest/gtest.h>

#include <cctype>
#include <ostream>
#include <utility>

#include "seqfeat/error.hpp"
#include "tests/bad_input/memory.hpp"

namespace seqfeat::test {

void PrintTo(const BadInput& bad, std::ostream* out) {
  *out << bad.what;
}

void PrintTo(Refusal refusal, std::ostream* out) {
  constexpr const char* kNames[] = {"nothing", "InvalidArgument", "DataError",
                                    "IoError", "OutOfMemory",     "an exception that is not ours"};
  *out << kNames[static_cast<std::size_t>(refusal)];
}

namespace {

constexpr std::int64_t kMostBytes = std::int64_t{64} << 20;

std::pair<Refusal, std::string> refusal_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const InvalidArgument& error) {
    return {Refusal::invalid_argument, error.what()};
  } catch (const DataError& error) {
    return {Refusal::data_error, error.what()};
  } catch (const IoError& error) {
    return {Refusal::io_error, error.what()};
  } catch (const OutOfMemory& error) {
    return {Refusal::out_of_memory, error.what()};
  } catch (const std::exception& error) {
    return {Refusal::foreign, error.what()};
  }
  return {Refusal::none, ""};
}

class BadInputTest : public testing::TestWithParam<BadInput> {};

TEST_P(BadInputTest, IsRefusedByItsExceptionAndNamesThePlace) {
  const auto [refusal, message] = refusal_of(GetParam().act);
  EXPECT_EQ(refusal, GetParam().expected) << message;
  for (const std::string& word : GetParam().words) {
    EXPECT_NE(message.find(word), std::string::npos) << "no '" << word << "' in: " << message;
  }
}

TEST_P(BadInputTest, AllocatesNothingOnItsWordAndLeaksNothing) {
  (void)refusal_of(GetParam().act);  // what is made once and kept
  const MemoryPeak peak;
  (void)refusal_of(GetParam().act);
  EXPECT_LT(peak.above_baseline(), kMostBytes);
  EXPECT_EQ(peak.still_held(), 0);
}

/// "a key that is empty" -> "AKeyThatIsEmpty".
std::string name_of(const testing::TestParamInfo<BadInput>& info) {
  std::string name;
  bool begins = true;
  for (const char letter : info.param.what) {
    const auto c = static_cast<unsigned char>(letter);
    if (std::isalnum(c) != 0) name += static_cast<char>(begins ? std::toupper(c) : c);
    begins = std::isalnum(c) == 0;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Columns, BadInputTest, testing::ValuesIn(bad_columns()), name_of);
INSTANTIATE_TEST_SUITE_P(Specs, BadInputTest, testing::ValuesIn(bad_specs()), name_of);
INSTANTIATE_TEST_SUITE_P(Records, BadInputTest, testing::ValuesIn(bad_records()), name_of);
INSTANTIATE_TEST_SUITE_P(Views, BadInputTest, testing::ValuesIn(bad_views()), name_of);
INSTANTIATE_TEST_SUITE_P(Sizes, BadInputTest, testing::ValuesIn(bad_sizes()), name_of);
INSTANTIATE_TEST_SUITE_P(Files, BadInputTest, testing::ValuesIn(bad_files()), name_of);

TEST(MemoryPeak, SeesWhatIsAllocatedAndWhatIsKept) {
  const MemoryPeak peak;
  auto kept = std::make_unique<char[]>(1000);  // NOLINT(modernize-avoid-c-arrays)
  { const std::vector<char> gone(static_cast<std::size_t>(kMostBytes)); }
  EXPECT_GE(peak.above_baseline(), kMostBytes);
  EXPECT_GE(peak.still_held(), 1000);
  EXPECT_LT(peak.still_held(), 2000);
}

}  // namespace
}  // namespace seqfeat::test
