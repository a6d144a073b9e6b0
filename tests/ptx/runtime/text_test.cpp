// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "ptx/fault.hpp"
#include "tests/ptx/runtime/fat_binary.hpp"
#include "tests/ptx/runtime/planted_fault.hpp"

// What becomes of the text between nvcc's object and the parser.

namespace ptx {
namespace {

/// Writes a fat binary as nvcc does.
class FatBinary {
 public:
  FatBinary() { append({0xba55ed50u, 16u << 16 | 1u, 0u, 0u}); }

  FatBinary& entry(std::uint16_t kind, std::uint32_t architecture, std::string payload) {
    payload.resize((payload.size() + 8) / 8 * 8);
    append({1u << 16 | kind, 64u, static_cast<std::uint32_t>(payload.size()), 0u, 0u, 0u, 0u,
            architecture});
    bytes_.resize(bytes_.size() + 32);
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
    const auto behind_header = static_cast<std::uint32_t>(bytes_.size() - 16);
    std::memcpy(bytes_.data() + 8, &behind_header, sizeof(behind_header));
    return *this;
  }
  PtxText newest(std::uint32_t magic = 0x466243b1) const {
    const struct {
      std::uint32_t magic, version;
      const char* data;
    } wrapper{magic, 1, bytes_.data()};
    return newest_ptx(&wrapper);
  }

 private:
  void append(const std::vector<std::uint32_t>& words) {
    const auto* begin = reinterpret_cast<const char*>(words.data());
    bytes_.insert(bytes_.end(), begin, begin + 4 * words.size());
  }

  std::vector<char> bytes_;
};

constexpr std::uint16_t kPtx = 1, kElf = 2;

TEST(FatBinary, GivesTheNewestPtxWithoutItsPadding) {
  const PtxText newest = FatBinary()
                             .entry(kPtx, 80, ".version 9.0 of 80")
                             .entry(kElf, 100, "ELF")
                             .entry(kPtx, 90, ".version 9.0 of 90")
                             .entry(kPtx, 75, ".version 9.0 of 75")
                             .newest();
  EXPECT_EQ(newest.architecture, 90u);
  EXPECT_EQ(newest.text, ".version 9.0 of 90");
  EXPECT_EQ(FatBinary().entry(kElf, 90, "ELF").newest().architecture, 0u);
}

TEST(FatBinary, RefusesWhatItCannotRead) {
  EXPECT_THROW(static_cast<void>(FatBinary().entry(kPtx, 90, "\x28\xb5packed").newest()),
               std::runtime_error);
  EXPECT_THROW(static_cast<void>(FatBinary().newest(1)), std::runtime_error);
}

class PlantedFault : public testing::Test {
 protected:
  ~PlantedFault() override { unsetenv("PTX_FAULT"); }
  static void plant(const std::string& fault) { setenv("PTX_FAULT", fault.c_str(), 1); }

  const std::string text_ = "one;\ntwo;\nthree;\n";
};

TEST_F(PlantedFault, ReplacesTheLineOfItsModuleAlone) {
  EXPECT_EQ(with_planted_fault(text_), text_);
  plant(module_name(text_) + ":2:2: changed;");
  EXPECT_EQ(with_planted_fault(text_), "one;\n2: changed;\nthree;\n");
  EXPECT_EQ(with_planted_fault("other;\n"), "other;\n");
  plant(module_name(text_) + ":1:");
  EXPECT_EQ(with_planted_fault(text_), "\ntwo;\nthree;\n");
}

TEST_F(PlantedFault, RefusesOneThatCannotBePlanted) {
  plant("gibberish");
  EXPECT_THROW(static_cast<void>(with_planted_fault(text_)), Fault);
  plant(module_name(text_) + ":9:text");
  EXPECT_THROW(static_cast<void>(with_planted_fault(text_)), Fault);
}

}  // namespace
}  // namespace ptx
