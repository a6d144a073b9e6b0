// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/compare.hpp"
#include "tests/golden/host_optimizer.hpp"
#include "tests/golden/kinds.hpp"
#include "tests/golden/training_case.hpp"

namespace seqfeat::golden {
namespace {

/// The gradients before the fused form changes the tables that max_norm looks at.
void run_train_step(const Case& c, const Backend& backend) {
  const std::map<std::string, Tensor> tables = tensors_of(c.input("tables"), c.tensors());
  TrainedCase trained(c.input("columns"), c.input("options"), tables, backend);
  const Optimizer optimizer = optimizer_from(c);
  OptimizerState state(trained.layer(), optimizer);
  std::map<std::string, HostOptimizer> by_hand;
  for (const auto& [table, slots] : c.input("state").items()) {
    set_state(state, table, slots, c.tensors(), backend);
    by_hand.emplace(
        table, HostOptimizer(optimizer, table, tables.at(table), tensors_of(slots, c.tensors())));
  }
  const Json& batches = c.input("batches");
  for (std::size_t i = 0; i < batches.size(); ++i) {
    const Json& batch = batches[i];
    trained.forward(member(batch, "features"), int64_from(member(batch, "T")),
                    int64s_from(member(batch, "lengths")));
    const OnBackend gradient(backend, tensor_from(member(batch, "output_gradient"), c.tensors()));
    const OutputGradient output{gradient.data(), gradient.type()};
    SparseGradient sparse(trained.layer(), trained.sizes(), kHostStream);
    trained.layer().prepare_update(trained.workspace(), kHostStream);
    trained.layer().gradients(output, trained.workspace(), sparse, kHostStream);
    trained.layer().update(output, trained.workspace(), state, kHostStream);
    const Json& expected = c.answer().at(i);
    if (expected.size() != by_hand.size()) throw BadCase("another number of trained tables");
    for (const auto& [table, after] : expected.items()) {
      same_tensor(table, trained.table(table).read(),
                  tensor_from(member(after, "table"), c.tensors()));
      same_state(state, table, member(after, "state"), c.tensors(), backend);
      HostOptimizer& two_steps = by_hand.at(table);
      two_steps.step(sparse.on_host(table, kHostStream), optimizer.learning_rate(), state.step());
      two_steps.same(after, c.tensors());
    }
  }
  for (const auto& [name, before] : tables) {
    if (by_hand.contains(name)) continue;
    same_tensor("frozen " + name, trained.table(name).read(), before);
  }
}

const KindEntry kEntry{"train_step", {kWhereItTrains, run_train_step}};

}  // namespace
}  // namespace seqfeat::golden
