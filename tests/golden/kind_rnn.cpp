// SPDX-License-Identifier: Apache-2.0
#include "examples/simple_rnn.hpp"
#include "seqfeat/example.hpp"
#include "tests/golden/columns.hpp"
#include "tests/golden/compare.hpp"
#include "tests/golden/kinds.hpp"
#include "tests/golden/layer_answer.hpp"

namespace seqfeat::golden {
namespace {

/// Keras adds in another order than plain loops do.
constexpr float kTolerance = 2e-6F;

/// An RNN's weights, with their shapes checked against the width of its input.
examples::SimpleRnn rnn_from(const Json& json, const Json& tensors, std::int64_t inputs) {
  const std::int64_t units = int64_from(member(json, "units"));
  Tensor kernel = tensor_from(member(json, "kernel"), tensors);
  Tensor recurrent = tensor_from(member(json, "recurrent_kernel"), tensors);
  Tensor bias = tensor_from(member(json, "bias"), tensors);
  using Shape = std::vector<std::int64_t>;
  if (member(json, "activation") != "tanh" || kernel.shape != Shape{inputs, units} ||
      recurrent.shape != Shape{units, units} || bias.shape != Shape{units}) {
    throw BadCase("an RNN of another form");
  }
  return {static_cast<std::size_t>(inputs), static_cast<std::size_t>(units),
          std::move(kernel.floats), std::move(recurrent.floats), std::move(bias.floats)};
}

void same_rnn(const Json& json, const Json& tensors, std::span<const std::int64_t> shape,
              std::span<const float> values, std::span<const std::uint8_t> mask) {
  const examples::SimpleRnn rnn = rnn_from(json, tensors, shape[2]);
  const examples::RnnOutputs got = examples::run_masked(
      rnn, static_cast<std::size_t>(shape[0]), static_cast<std::size_t>(shape[1]), values, mask);
  const auto units = static_cast<std::int64_t>(rnn.units);
  const std::vector<std::int64_t> last{shape[0], units};
  const std::vector<std::int64_t> sequence{shape[0], shape[1], units};
  const auto expected = [&](const char* key) {
    return tensor_from(member(member(json, "expect"), key), tensors);
  };
  close_floats("outputs_sequence", sequence, got.sequence, expected("outputs_sequence"),
               kTolerance);
  close_floats("outputs_last", last, got.last, expected("outputs_last"), kTolerance);
  close_floats("state", last, got.last, expected("state"), kTolerance);
}

void run_masked_rnn(const Case& c, const Backend&) {
  const Tensor values = tensor_from(c.input("values"), c.tensors());
  const Tensor mask = tensor_from(c.input("mask"), c.tensors());
  if (values.shape.size() != 3 || mask.shape.size() != 2 || values.shape[0] != mask.shape[0] ||
      values.shape[1] != mask.shape[1]) {
    throw BadCase("values and mask of other shapes than [B, T, D] and [B, T]");
  }
  same_rnn(c.input("rnn"), c.tensors(), values.shape, values.floats, mask.booleans);
}

void run_example(const Case& c, const Backend& backend) {
  const std::vector<std::string> serialized = list_of_bytes_from(c.input("serialized_b64"));
  hold_against(c, "example", [&] {
    const std::vector<Column> columns = columns_from_json(c.input("columns"));
    const ParseSpec spec = make_parse_example_spec(columns);
    same_json("spec", json_of(spec), c.expected("spec"));
    const Features features = parse_example(serialized, spec);
    for (const auto& [key, view] : features.views()) {
      same_feature(key, view, member(c.expected("features"), key));
    }
    const Batch batch = run_layer(c, columns, features, backend);
    same_batch(c, batch);
    const std::vector<std::int64_t> shape{batch.rows(), batch.padded_steps(), batch.dim()};
    for (const Json& rnn : c.input("rnn")) {
      same_rnn(rnn, c.tensors(), shape, batch.values(), batch.mask());
    }
  });
}

const KindEntry kMaskedRnn{"masked_rnn", {kOnce, run_masked_rnn}};
const KindEntry kExample{"example", {kOnEveryBackend, run_example}};

}  // namespace
}  // namespace seqfeat::golden
