// SPDX-License-Identifier: Apache-2.0
#include "parse/liveness.hpp"

#include <algorithm>
#include <bit>

namespace ptx {
namespace {

class Set {
 public:
  explicit Set(std::size_t size) : words_((size + 63) / 64) {}

  void add(std::size_t i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  [[nodiscard]] bool has(std::size_t i) const { return (words_[i / 64] >> i % 64 & 1) != 0; }
  void add(const Set& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      words_[i] |= other.words_[i];
    }
  }
  /// Adds what is in `other` and not in `without`. Whether that was news.
  bool add_without(const Set& other, const Set& without) {
    std::uint64_t news = 0;
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const std::uint64_t word = words_[i] | (other.words_[i] & ~without.words_[i]);
      news |= word ^ words_[i];
      words_[i] = word;
    }
    return news != 0;
  }
  template <class Use>
  void for_each(Use use) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t word = words_[i]; word != 0; word &= word - 1) {
        use(i * 64 + static_cast<std::size_t>(std::countr_zero(word)));
      }
    }
  }

 private:
  std::vector<std::uint64_t> words_;
};

/// Instructions that run from the first to the last.
struct Block {
  std::uint32_t begin;
  std::uint32_t end;
  Set alive;    // at the begin
  Set written;  // for certain: a guarded instruction may leave the old value
  std::vector<std::size_t> next;
};

bool ends_block(const Instruction& in) {
  return in.kind == Kind::branch || in.kind == Kind::leave;
}

class Liveness {
 public:
  Liveness(Program& program, std::size_t count, const std::function<std::size_t(Row)>& number_of)
      : code_(program.code), count_(count), number_of_(number_of), block_of_(code_.size()) {}

  std::vector<Lifetime> run() {
    find_blocks();
    for (Block& block : blocks_) {
      look_at(block);
    }
    for (bool news = true; news;) {
      news = false;
      for (auto block = blocks_.rbegin(); block != blocks_.rend(); ++block) {
        news |= block->alive.add_without(alive_behind(*block), block->written);
      }
    }
    return spans();
  }

 private:
  void find_blocks() {
    std::vector<bool> starts(code_.size() + 1);
    starts[0] = true;
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (code_[i].kind == Kind::branch) {
        starts[code_[i].target] = true;
      }
      starts[i + 1] = starts[i + 1] || ends_block(code_[i]);
    }
    for (std::uint32_t i = 0; i < code_.size(); ++i) {
      if (starts[i]) {
        blocks_.push_back({i, i, Set(count_), Set(count_), {}});
      }
      blocks_.back().end = i + 1;
      block_of_[i] = blocks_.size() - 1;
    }
  }

  void look_at(Block& block) {
    for (std::uint32_t i = block.begin; i < block.end; ++i) {
      Instruction& in = code_[i];
      for_each_source(in, [&](Row row) {
        const std::size_t number = number_of_(row);
        if (number < count_ && !block.written.has(number)) {
          block.alive.add(number);
        }
      });
      for_each_target(in, [&](Row row) {
        const std::size_t number = number_of_(row);
        if (number < count_ && !in.guarded) {
          block.written.add(number);
        }
      });
    }
    const Instruction& last = code_[block.end - 1];
    if (last.kind == Kind::branch) {
      block.next.push_back(block_of_[last.target]);
    }
    if ((!ends_block(last) || last.guarded) && block.end < code_.size()) {
      block.next.push_back(block_of_[block.end]);
    }
  }

  [[nodiscard]] Set alive_behind(const Block& block) const {
    Set alive(count_);
    for (const std::size_t next : block.next) {
      alive.add(blocks_[next].alive);
    }
    return alive;
  }

  std::vector<Lifetime> spans() {
    std::vector<Lifetime> spans(count_);
    const auto extend = [&](std::size_t number, std::uint32_t at) {
      if (number < count_) {
        spans[number].first = std::min(spans[number].first, at);
        spans[number].last = std::max(spans[number].last, at);
      }
    };
    for (const Block& block : blocks_) {
      block.alive.for_each([&](std::size_t number) { extend(number, block.begin); });
      alive_behind(block).for_each([&](std::size_t number) { extend(number, block.end - 1); });
    }
    for (std::uint32_t i = 0; i < code_.size(); ++i) {
      const auto here = [&](Row row) { extend(number_of_(row), i); };
      for_each_source(code_[i], here);
      for_each_target(code_[i], here);
    }
    return spans;
  }

  std::vector<Instruction>& code_;
  std::size_t count_;
  const std::function<std::size_t(Row)>& number_of_;
  std::vector<std::size_t> block_of_;
  std::vector<Block> blocks_;
};

}  // namespace

std::vector<Lifetime> lifetimes(Program& program, std::size_t count,
                                const std::function<std::size_t(Row)>& number_of) {
  return Liveness(program, count, number_of).run();
}

}  // namespace ptx
