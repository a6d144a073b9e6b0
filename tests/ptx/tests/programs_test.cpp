// SPDX-License-Identifier: Apache-2.0
// Random programs with branches and loops, run by the interpreter and by plain C++ a thread at a
// time. They show that lanes that diverge and registers that share a row do not disturb each other.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "snippet.hpp"

namespace ptx_test {
namespace {

using Values = std::array<std::uint32_t, 6>;

/// Writes PTX and, for the thread of `values`, does what it says. Both walk the same random tree.
class Program {
 public:
  explicit Program(unsigned seed) : seed_(seed) {}

  std::string text() {
    random_.seed(seed_);
    text_.clear();
    values_ = nullptr;
    for (std::size_t i = 0; i < Values{}.size(); ++i) {
      line("mad.lo.s32 " + name(i) + ", %t, " + std::to_string(i + 1) + ", " + std::to_string(i));
    }
    statements(0, true);
    line("xor.b32 %r30, " + name(0) + ", " + name(1));
    line("st.global.u32 [%out], %r30");
    return text_;
  }

  std::uint32_t result(std::uint32_t thread) {
    random_.seed(seed_);
    Values values{};
    for (std::uint32_t i = 0; i < values.size(); ++i) {
      values[i] = thread * (i + 1) + i;
    }
    values_ = &values;
    statements(0, true);
    return values[0] ^ values[1];
  }

 private:
  static std::string name(std::size_t i) { return "%r" + std::to_string(i + 2); }

  void line(const std::string& text) { text_ += text + ";\n"; }

  std::size_t pick(std::size_t count) { return random_() % count; }

  // `runs`: the thread comes by here. The tree is walked in any case, so that the choices stay
  // equal.
  void statements(int depth, bool runs) {
    for (std::size_t i = 2 + pick(4); i > 0; --i) {
      const std::size_t kind = depth < 3 ? pick(4) : 0;
      if (kind < 2) {
        assign(runs);
      } else if (kind == 2) {
        choose(depth, runs);
      } else {
        repeat(depth, runs);
      }
    }
  }

  // A value in a register that no other statement uses, and then in a variable.
  void assign(bool runs) {
    constexpr std::array kOpcodes{"add.s32", "sub.s32", "xor.b32", "mul.lo.s32"};
    const std::size_t to = pick(Values{}.size());
    const std::size_t a = pick(Values{}.size());
    const std::size_t b = pick(Values{}.size());
    const std::size_t opcode = pick(kOpcodes.size());
    if (values_ == nullptr) {
      const std::string fresh = "%v" + std::to_string(count_++);
      text_ += "{ .reg .b32 " + fresh + ";\n";
      line(std::string(kOpcodes[opcode]) + " " + fresh + ", " + name(a) + ", " + name(b));
      line("add.s32 " + name(to) + ", " + fresh + ", 1");
      text_ += "}\n";
    } else if (runs) {
      const std::uint32_t x = (*values_)[a];
      const std::uint32_t y = (*values_)[b];
      const std::array<std::uint32_t, 4> results{x + y, x - y, x ^ y, x * y};
      (*values_)[to] = results[opcode] + 1;
    }
  }

  void choose(int depth, bool runs) {
    const std::size_t by = pick(Values{}.size());
    const std::string mark = "L" + std::to_string(count_++);
    if (values_ == nullptr) {
      line("and.b32 %r29, " + name(by) + ", 4");
      line("setp.ne.s32 %p1, %r29, 0");
      line("@%p1 bra " + mark + "E");
    }
    const bool odd = values_ != nullptr && ((*values_)[by] & 4) != 0;
    statements(depth + 1, runs && !odd);
    if (values_ == nullptr) {
      line("bra " + mark + "F");
      text_ += mark + "E:\n";
    }
    statements(depth + 1, runs && odd);
    text_ += values_ == nullptr ? mark + "F:\n" : "";
  }

  // Up to three rounds, as many as two bits of a variable say; each round walks the same tree.
  void repeat(int depth, bool runs) {
    const std::size_t by = pick(Values{}.size());
    const std::string mark = "L" + std::to_string(count_++);
    const std::string left = "%c" + std::to_string(count_++);
    if (values_ == nullptr) {
      text_ += "{ .reg .b32 " + left + "; .reg .pred %q;\n";
      line("and.b32 " + left + ", " + name(by) + ", 3");
      text_ += mark + "B: ";
      line("setp.eq.s32 %q, " + left + ", 0");
      line("@%q bra " + mark + "D");
      line("sub.s32 " + left + ", " + left + ", 1");
    }
    const std::uint32_t rounds = values_ != nullptr && runs ? (*values_)[by] & 3 : 0;
    const std::mt19937 start = random_;
    for (std::uint32_t round = 0; round < std::max(rounds, 1U); ++round) {
      random_ = start;
      statements(depth + 1, runs && rounds > 0);
    }
    if (values_ == nullptr) {
      line("bra " + mark + "B");
      text_ += mark + "D:\n}\n";
    }
  }

  unsigned seed_;
  std::mt19937 random_;
  std::string text_;
  unsigned count_ = 0;
  Values* values_ = nullptr;  // null while the text is written
};

TEST(Programs, DoWhatTheyWouldAThreadAtATime) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    Program program(seed);
    Snippet snippet(program.text());
    snippet.threads = 64;
    for (const ptx::Order order : every_order()) {
      snippet.order = order;
      const std::vector<std::uint32_t> results = snippet.run();
      for (std::uint32_t thread = 0; thread < results.size(); ++thread) {
        ASSERT_EQ(results[thread], program.result(thread))
            << "seed " << seed << ", thread " << thread;
      }
    }
  }
}

// %r2 is set in the first round only. The temporary %r4 of later rounds must not take its row.
TEST(Programs, AGuardedInstructionMayLeaveTheOldValue) {
  Snippet snippet(
      "mov.u32 %r3, 0; mov.u32 %r6, 0;"
      "LOOP: add.s32 %r4, %r3, 100; add.s32 %r6, %r6, %r4; setp.eq.s32 %p1, %r3, 0;"
      "@%p1 mov.u32 %r2, 7; add.s32 %r6, %r6, %r2; add.s32 %r3, %r3, 1; setp.lt.s32 %p2, %r3, 3;"
      "@%p2 bra LOOP; st.global.u32 [%out], %r6;");
  EXPECT_EQ(snippet.run()[0], 100 + 101 + 102 + 3 * 7);
}

}  // namespace
}  // namespace ptx_test
