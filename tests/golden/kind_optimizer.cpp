// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/host_optimizer.hpp"
#include "tests/golden/kinds.hpp"
#include "tests/golden/training_case.hpp"

namespace seqfeat::golden {
namespace {

/// A column of `rows` buckets whose embedding is called `name`.
Json column_of(const std::string& name, const Tensor& table) {
  constexpr std::string_view kSuffix = "_embedding";
  if (!name.ends_with(kSuffix)) throw BadCase("a table that is called like no embedding column");
  return Json::array({{{"type", "embedding_column"},
                       {"dimension", table.shape.at(1)},
                       {"combiner", "sum"},
                       {"categorical_column",
                        {{"type", "sequence_categorical_column_with_hash_bucket"},
                         {"key", name.substr(0, name.size() - kSuffix.size())},
                         {"hash_bucket_size", table.shape.at(0)},
                         {"dtype", "int64"}}}}});
}

/// One row with a step for each id, whose token falls into the bucket of that number.
Json features_of(const std::string& name, const Json& tokens, const Json& ids) {
  Json values = Json::array();
  for (const Json& id : ids) values.push_back(tokens.at(static_cast<std::size_t>(int64_from(id))));
  const Json csr = {
      {"row_offsets", {0, ids.size()}}, {"step_offsets", nullptr}, {"values", values}};
  return {{name.substr(0, name.rfind('_')), {{"dtype", "int64"}, {"csr", csr}}}};
}

void run_optimizer(const Case& c, const Backend& backend) {
  const auto name = c.input("table_name").get<std::string>();
  const Tensor table = tensor_from(c.input("table"), c.tensors());
  const Json columns = column_of(name, table);
  TrainedCase trained(columns, Json::object(), {{name, table}}, backend);
  const Optimizer optimizer = optimizer_from(c);
  OptimizerState state(trained.layer(), optimizer);
  state.set_step(int64_from(c.input("step")));
  set_state(state, name, c.input("state"), c.tensors(), backend);
  HostOptimizer by_hand(optimizer, name, table, tensors_of(c.input("state"), c.tensors()));
  const Json& steps = c.input("steps");
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const Json& ids = member(steps[i], "ids");
    const auto count = static_cast<std::int64_t>(ids.size());
    trained.forward(features_of(name, c.input("tokens"), ids), count, {count});
    const Tensor rows = tensor_from(member(steps[i], "rows"), c.tensors());
    const OnBackend gradient(backend, rows);
    const double rate =
        steps[i].contains("lr") ? steps[i]["lr"].get<double>() : optimizer.learning_rate();
    state.set_learning_rate(rate);
    trained.layer().update({gradient.data(), gradient.type()}, trained.workspace(), state,
                           kHostStream);
    const Json& expected = c.answer().at(i);
    same_tensor(name, trained.table(name).read(),
                tensor_from(member(expected, "table"), c.tensors()));
    same_state(state, name, member(expected, "state"), c.tensors(), backend);
    by_hand.step({int64s_from(ids), rows.floats}, rate, state.step());
    by_hand.same(expected, c.tensors());
  }
}

const KindEntry kEntry{"optimizer", {kWhereItTrains, run_optimizer}};

}  // namespace
}  // namespace seqfeat::golden
