// SPDX-License-Identifier: Apache-2.0
#include "parse/rows.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <queue>
#include <utility>

#include "parse/liveness.hpp"

namespace ptx {
namespace {

class Sharing {
 public:
  explicit Sharing(Program& program) : program_(program), places_(program.file_bytes / kRowUnit) {}

  void run() {
    // Literals and special registers are alive everywhere.
    for (Literal& literal : program_.literals) {
      literal.row = place_of(literal.row) = new_row(literal.row.width);
    }
    for (SpecialRow& special : program_.specials) {
      special.row = place_of(special.row) = new_row(special.row.width);
    }
    assign(find_registers());
    for (Instruction& in : program_.code) {
      const auto move = [&](Row& row) { row = place_of(row); };
      for_each_source(in, move);
      for_each_target(in, move);
    }
    program_.file_bytes = bytes_;
  }

 private:
  struct Register {
    Row row;
    Lifetime life;
  };

  Row& place_of(Row row) { return places_[row.offset / kRowUnit]; }

  Row new_row(std::uint8_t width) {
    const Row row{static_cast<std::uint32_t>(bytes_), width};
    bytes_ += row_bytes(width);
    return row;
  }

  std::vector<Register> find_registers() {
    std::vector<Register> registers;
    std::vector<std::size_t> numbers(places_.size(), ~std::size_t{0});
    const auto number = [&](Row row) {
      std::size_t& known = numbers[row.offset / kRowUnit];
      if (known == ~std::size_t{0} && place_of(row).offset == 0) {
        known = registers.size();
        registers.push_back({row, {}});
      }
    };
    for (Instruction& in : program_.code) {
      for_each_source(in, number);
      for_each_target(in, number);
    }
    const std::vector<Lifetime> lives = lifetimes(program_, registers.size(), [&](Row row) {
      return std::min(numbers[row.offset / kRowUnit], registers.size());
    });
    for (std::size_t i = 0; i < registers.size(); ++i) {
      registers[i].life = lives[i];
    }
    return registers;
  }

  // In the order in which lives begin, each register takes a row that is free by then.
  void assign(std::vector<Register> registers) {
    std::sort(registers.begin(), registers.end(),
              [](const Register& a, const Register& b) { return a.life.first < b.life.first; });
    using Busy = std::pair<std::uint32_t, std::uint32_t>;  // end of the life, offset of the row
    std::map<std::uint8_t, std::priority_queue<Busy, std::vector<Busy>, std::greater<>>> busy;
    for (const Register& next : registers) {
      auto& rows = busy[next.row.width];
      Row& place = place_of(next.row);
      if (!rows.empty() && rows.top().first < next.life.first) {
        place = {rows.top().second, next.row.width};
        rows.pop();
      } else {
        place = new_row(next.row.width);
      }
      rows.emplace(next.life.last, place.offset);
    }
  }

  Program& program_;
  std::vector<Row> places_;  // by old offset; offset 0 as long as there is none
  std::size_t bytes_ = kRowUnit;
};

}  // namespace

void share_rows(Program& program) {
  Sharing(program).run();
}

}  // namespace ptx
