// SPDX-License-Identifier: Apache-2.0
#include "snippet.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <sstream>

namespace ptx_test {
namespace {

std::vector<std::byte> parameters_of(const void* in, const void* out) {
  const std::uint64_t values[] = {reinterpret_cast<std::uint64_t>(in),
                                  reinterpret_cast<std::uint64_t>(out)};
  std::vector<std::byte> bytes(sizeof(values));
  std::memcpy(bytes.data(), values, sizeof(values));
  return bytes;
}

std::string line(const std::string& text) {
  return "  " + text + ";\n";
}

/// Loads source `i` of a thread from row i of the input into %s<i>.
std::string load_source(std::size_t i, const std::string& type) {
  const std::string from = "[%row+" + std::to_string(i * 256) + "]";
  if (type != "pred") {
    return line("ld.global." + type + " %s" + std::to_string(i) + ", " + from);
  }
  return line("ld.global.b32 %word, " + from) +
         line("setp.ne.b32 %s" + std::to_string(i) + ", %word, 0");
}

std::string operation_text(const std::string& opcode, const std::vector<std::string>& types,
                           bool half) {
  std::string text = ".version 9.0\n.target sm_90\n.address_size 64\n";
  text += ".visible .entry k(.param .u64 in, .param .u64 out)\n{\n";
  text += line(".reg .b64 %in, %out, %row, %place") + line(".reg .b32 %tid, %word") +
          line(".reg .pred %off") + line(".reg ." + types[0] + " %result");
  for (std::size_t i = 1; i < types.size(); ++i) {
    text += line(".reg ." + types[i] + " %s" + std::to_string(i - 1));
  }
  text += line("ld.param.u64 %in, [in]") + line("ld.param.u64 %out, [out]") +
          line("mov.u32 %tid, %tid.x") + line("mul.wide.u32 %place, %tid, 8") +
          line("add.s64 %row, %in, %place") + line("add.s64 %place, %out, %place");
  if (half) {
    text += line("and.b32 %word, %tid, 1") + line("setp.ne.b32 %off, %word, 0") + line("@%off ret");
  }
  std::string operands = "%result";
  for (std::size_t i = 1; i < types.size(); ++i) {
    text += load_source(i - 1, types[i]);
    operands += ", %s" + std::to_string(i - 1);
  }
  text += line(opcode + " " + operands);
  if (types[0] == "pred") {
    text += line("selp.b32 %word, 1, 0, %result") + line("st.global.b32 [%place], %word");
  } else {
    text += line("st.global." + types[0] + " [%place], %result");
  }
  return text + line("ret") + "}\n";
}

}  // namespace

ptx::Range Heap::allocation(ptx::Address address) const {
  for (const ptx::Range& range : ranges_) {
    if (address >= range.begin && address < range.end) {
      return range;
    }
  }
  return {};
}

void Heap::add(const void* start, std::size_t bytes, bool writable) {
  const auto begin = reinterpret_cast<ptx::Address>(start);
  ranges_.push_back({begin, begin + bytes, writable});
}

std::string text_of(const Snippet& snippet) {
  return ".version 9.0\n.target sm_90\n.address_size 64\n" + snippet.top +
         ".visible .entry k(.param .u64 in, .param .u64 out)\n{\n" + snippet.declarations +
         "  .reg .pred %p<8>;\n  .reg .b16 %h<8>;\n  .reg .b32 %r<32>, %t;\n"
         "  .reg .b64 %d<16>, %in, %out, %place;\n  .reg .f32 %f<8>;\n"
         "  ld.param.u64 %in, [in];\n  ld.param.u64 %out, [out];\n"
         "  mov.u32 %t, %tid.x;\n  mov.u32 %r0, %ctaid.x;\n  mov.u32 %r1, %ntid.x;\n"
         "  mad.lo.s32 %r0, %r0, %r1, %t;\n"
         "  mul.wide.u32 %place, %r0, 4;\n  add.s64 %out, %out, %place;\n" +
         snippet.body + "\n  ret;\n}\n";
}

ptx::Address Snippet::out() {
  results_.resize(std::size_t{threads} * blocks);
  return reinterpret_cast<ptx::Address>(results_.data());
}

std::vector<std::uint32_t> Snippet::run() {
  const std::string text = text_of(*this);
  const ptx::Module module = ptx::parse(text);
  static_cast<void>(out());
  std::fill(results_.begin(), results_.end(), untouched);
  Heap heap;
  heap.add(input.data(), input.size() * 4);
  heap.add(results_.data(), results_.size() * 4);
  const std::vector<std::byte> parameters = parameters_of(input.data(), results_.data());
  ptx::Launch launch;
  launch.grid.x = blocks;
  launch.block.x = threads;
  launch.dynamic_shared = dynamic_shared;
  launch.parameters = parameters;
  launch.memory = &heap;
  launch.order = order;
  launch.pending = pending;
  launch.written = written;
  launch.most_steps = most_steps;
  outcome = ptx::run(module.kernels.at("k"), launch);
  return results_;
}

std::string Snippet::fault() {
  try {
    run();
  } catch (const ptx::Fault& fault) {
    return fault.what();
  }
  return {};
}

std::vector<ptx::Order> every_order() {
  using Kind = ptx::Order::Kind;
  return {{Kind::ascending, 0},
          {Kind::descending, 0},
          {Kind::random, 1},
          {Kind::random, 2},
          {Kind::random, 3}};
}

void expect_results(const std::string& opcode, const std::string& types,
                    const std::vector<Case>& cases) {
  std::istringstream words(types);
  std::vector<std::string> type;
  for (std::string word; words >> word;) {
    type.push_back(word);
  }
  for (std::size_t first = 0; first < cases.size(); first += 32) {
    const std::size_t count = std::min<std::size_t>(32, cases.size() - first);
    std::vector<std::uint64_t> in((type.size() - 1) * 32);
    for (std::size_t i = 0; i + 1 < type.size(); ++i) {
      for (std::size_t lane = 0; lane < 32; ++lane) {
        in[i * 32 + lane] = cases[first + lane % count].sources.at(i);
      }
    }
    for (const bool half : {false, true}) {
      std::vector<std::uint64_t> out(32);
      Heap heap;
      heap.add(in.data(), in.size() * 8);
      heap.add(out.data(), out.size() * 8);
      const auto parameters = parameters_of(in.data(), out.data());
      const ptx::Module module = ptx::parse(operation_text(opcode, type, half));
      ptx::Launch launch;
      launch.block.x = 32;
      launch.parameters = parameters;
      launch.memory = &heap;
      ptx::run(module.kernels.at("k"), launch);
      for (std::size_t lane = 0; lane < 32; ++lane) {
        const bool off = half && lane % 2 != 0;
        EXPECT_EQ(out[lane], off ? 0 : cases[first + lane % count].expected)
            << opcode << ", case " << first + lane % count << ", lane " << lane
            << (half ? " of half a warp" : " of a full warp");
      }
    }
  }
}

std::uint64_t bits(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

}  // namespace ptx_test
