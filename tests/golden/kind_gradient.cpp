// SPDX-License-Identifier: Apache-2.0
#include "tests/golden/compare.hpp"
#include "tests/golden/kinds.hpp"
#include "tests/golden/training_case.hpp"

namespace seqfeat::golden {
namespace {

void same_gradients(const Case& c, TrainedCase& trained, const Tensor& gradient,
                    const Backend& backend) {
  const OnBackend output(backend, gradient);
  SparseGradient sparse(trained.layer(), trained.sizes(), kHostStream);
  trained.layer().gradients({output.data(), output.type()}, trained.workspace(), sparse,
                            kHostStream);
  const Json& expected = c.expected("gradients");
  if (sparse.tables().size() != expected.size()) {
    throw Difference("gradients: got " + std::to_string(sparse.tables().size()) +
                     " tables, expected " + std::to_string(expected.size()));
  }
  for (const auto& [table, json] : expected.items()) {
    const auto got = sparse.on_host(table, kHostStream);
    same("ids of " + table, got.ids, int64s_from(member(json, "ids")));
    const Tensor rows = tensor_from(member(json, "rows"), c.tensors());
    const std::vector<std::int64_t> shape{static_cast<std::int64_t>(got.ids.size()),
                                          trained.table(table).view().dim};
    same_floats("rows of " + table, shape, got.rows, rows);
  }
}

void run_gradient(const Case& c, const Backend& backend) {
  const std::map<std::string, Tensor> tables = tensors_of(c.input("tables"), c.tensors());
  TrainedCase trained(c.input("columns"), c.input("options"), tables, backend);
  trained.forward(c.input("features"), int64_from(c.expected("T")),
                  int64s_from(c.expected("lengths")));
  Tensor gradient = tensor_from(c.input("output_gradient"), c.tensors());
  same_gradients(c, trained, gradient, backend);
  if (gradient.type != FloatType::float32) {
    gradient.type = FloatType::float32;  // widened by the runner
    same_gradients(c, trained, gradient, backend);
  }
  for (const auto& [name, before] : tables) {
    same_tensor("table " + name, trained.table(name).read(), before);
  }
}

const KindEntry kEntry{"gradient", {kWhereItTrains, run_gradient}};

}  // namespace
}  // namespace seqfeat::golden
