// SPDX-License-Identifier: Apache-2.0
// Instructions whose lanes meet: bar.warp.sync, vote, match and redux.
#include "ops/meeting.hpp"

namespace ptx {
namespace {

void sync_warp(Warp& /*warp*/, std::span<const Party> /*parties*/) {}

enum class Vote { all, any, uniform, ballot };

template <Vote kVote>
void vote(Warp& warp, std::span<const Party> parties) {
  Lanes all = 0;
  Lanes yes = 0;
  for (const auto& [in, lanes] : parties) {
    all |= lanes;
    yes |= lanes & (warp.predicate(in->from[0]) ^ in->inverted);
  }
  std::uint64_t result = yes;
  if (kVote != Vote::ballot) {
    result = kVote == Vote::any   ? yes != 0
             : kVote == Vote::all ? yes == all
                                  : yes == all || yes == 0;
  }
  give(warp, parties, [&](unsigned) { return result; });
}

template <Vote kVote>
void build_vote(Assembler& assembler, const Statement& statement, Instruction& in) {
  in.to[0] = assembler.target(statement.operands[0],
                              {static_cast<std::uint8_t>(kVote == Vote::ballot ? 4 : 0)});
  in.from[0] = assembler.predicate(statement.operands[1], in.inverted);
  in.meet = vote<kVote>;
}

void match_any(Warp& warp, std::span<const Party> parties) {
  const auto [values, all] = gather(warp, parties);
  give(warp, parties, [&](unsigned lane) {
    Lanes same = 0;
    for_each_lane(all,
                  [&](unsigned other) { same |= Lanes{values[other] == values[lane]} << other; });
    return std::uint64_t{same};
  });
}

template <class T, class F>
void reduce(Warp& warp, std::span<const Party> parties) {
  const auto [values, all] = gather(warp, parties);
  const auto first = static_cast<unsigned>(std::countr_zero(all));
  auto result = static_cast<T>(values[first]);
  for_each_lane(all & (all - 1),
                [&](unsigned lane) { result = F{}(result, static_cast<T>(values[lane])); });
  give(warp, parties, [&](unsigned) { return static_cast<std::uint64_t>(result); });
}

template <std::uint8_t kWidth, Meet kMeet>
void build_value(Assembler& assembler, const Statement& statement, Instruction& in) {
  in.to[0] = assembler.target(statement.operands[0], {4, false, false});
  in.from[0] = assembler.source(statement.operands[1], {kWidth, false, false});
  in.meet = kMeet;
}

template <class T, class F>
constexpr Build redux(F /*function*/) {
  return build_value<4, reduce<T, F>>;
}

using U = std::uint32_t;
using S = std::int32_t;

const std::map<std::string, Build, std::less<>>& builds() {
  const auto sum = [](U a, U b) { return a + b; };
  static const std::map<std::string, Build, std::less<>> kBuilds{
      {"vote.sync.all.pred", build_vote<Vote::all>},
      {"vote.sync.any.pred", build_vote<Vote::any>},
      {"vote.sync.uni.pred", build_vote<Vote::uniform>},
      {"vote.sync.ballot.b32", build_vote<Vote::ballot>},
      {"match.any.sync.b32", build_value<4, match_any>},
      {"match.any.sync.b64", build_value<8, match_any>},
      {"redux.sync.add.u32", redux<U>(sum)},
      {"redux.sync.add.s32", redux<U>(sum)},
      {"redux.sync.min.u32", redux<U>([](U a, U b) { return std::min(a, b); })},
      {"redux.sync.min.s32", redux<S>([](S a, S b) { return std::min(a, b); })},
      {"redux.sync.max.u32", redux<U>([](U a, U b) { return std::max(a, b); })},
      {"redux.sync.max.s32", redux<S>([](S a, S b) { return std::max(a, b); })},
      {"redux.sync.and.b32", redux<U>([](U a, U b) { return a & b; })},
      {"redux.sync.or.b32", redux<U>([](U a, U b) { return a | b; })},
      {"redux.sync.xor.b32", redux<U>([](U a, U b) { return a ^ b; })},
  };
  return kBuilds;
}

void build_collective(Assembler& assembler, const Statement& statement, Instruction& in) {
  const auto found = builds().find(statement.opcode);
  if (found == builds().end() || statement.operands.size() != 3) {
    assembler.refuse("the interpreter does not know " + std::string(statement.opcode) + " with " +
                     std::to_string(statement.operands.size()) + " operands");
  }
  in.kind = Kind::meet;
  in.from[kMembers] = assembler.source(statement.operands[2], {4, false, false});
  found->second(assembler, statement, in);
}

void active_mask(Warp& warp, const Instruction& in, Lanes active) {
  for_each_lane(active, [&](unsigned lane) { warp.write(in.to[0], lane, active); });
}

void build_active_mask(Assembler& assembler, const Statement& statement, Instruction& in) {
  if (statement.opcode != "activemask.b32" || statement.operands.size() != 1) {
    assembler.refuse("the interpreter does not know this form of activemask");
  }
  in.to[0] = assembler.target(statement.operands[0], {4, false, false});
  in.execute = active_mask;
}

}  // namespace

void build_warp_barrier(Assembler& assembler, const Statement& statement, Instruction& in) {
  in.kind = Kind::meet;
  in.meet = sync_warp;
  in.from[kMembers] = assembler.source(statement.operands[0], {4, false, false});
}

void add_collectives(Table& table) {
  table.add_family("vote", build_collective);
  table.add_family("match", build_collective);
  table.add_family("redux", build_collective);
  table.add_family("activemask", build_active_mask);
}

}  // namespace ptx
