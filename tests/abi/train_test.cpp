// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <seqfeat/seqfeat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

// Training through the C interface.

namespace {

constexpr const char* kSpec =
    R"({"columns": [{"type": "embedding_column", "dimension": 2, "combiner": "sum",
    "categorical_column": {"type": "sequence_categorical_column_with_identity", "key": "k",
                           "num_buckets": 5}}]})";
constexpr std::string_view kAdagrad = R"({"type": "adagrad", "learning_rate": 0.5})";

struct Free {
  void operator()(seqfeat_spec* p) const { seqfeat_spec_free(p); }
  void operator()(seqfeat_backend* p) const { seqfeat_backend_free(p); }
  void operator()(seqfeat_layer* p) const { seqfeat_layer_free(p); }
  void operator()(seqfeat_workspace* p) const { seqfeat_workspace_free(p); }
  void operator()(seqfeat_state* p) const { seqfeat_state_free(p); }
  void operator()(seqfeat_sparse_gradient* p) const { seqfeat_sparse_gradient_free(p); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

/// A layer over a table of [5, 2] and a batch of one row, 4 1 4, that it computed.
class Trained {
 public:
  Trained() {
    seqfeat_spec* spec = nullptr;
    EXPECT_EQ(seqfeat_spec_from_json(kSpec, std::strlen(kSpec), &spec), SEQFEAT_OK);
    const Handle<seqfeat_spec> held(spec);
    seqfeat_backend* backend = nullptr;
    EXPECT_EQ(seqfeat_backend_open("cpu", nullptr, &backend), SEQFEAT_OK);
    const Handle<seqfeat_backend> opened(backend);
    seqfeat_layer* made = nullptr;
    EXPECT_EQ(seqfeat_layer_new(spec, backend, &made), SEQFEAT_OK);
    layer.reset(made);
    for (std::size_t i = 0; i < table.size(); ++i) table.at(i) = static_cast<float>(i);
    const seqfeat_table view = {table.data(), 5, 2, 2, SEQFEAT_FLOAT32};
    EXPECT_EQ(seqfeat_layer_bind(made, "k_embedding", &view), SEQFEAT_OK);
    compute(SEQFEAT_EMIT_VALUES | SEQFEAT_TRAINS);
  }

  void compute(int emit) {
    constexpr std::array<std::int64_t, 2> kOffsets{0, 3};
    constexpr std::array<std::int64_t, 3> kTokens{4, 1, 4};
    seqfeat_ragged_view view = {};
    view.row_offsets = {kOffsets.data(), 2, 1};
    view.values.data = kTokens.data();
    view.values.count = 3;
    view.values.dtype = SEQFEAT_INT64;
    const char* key = "k";
    const seqfeat_features features = {&key, &view, 1};
    ASSERT_EQ(seqfeat_layer_measure(layer.get(), &features, &sizes), SEQFEAT_OK);
    seqfeat_plan plan = {};
    ASSERT_EQ(seqfeat_layer_plan(layer.get(), &sizes, emit, &plan), SEQFEAT_OK);
    EXPECT_EQ(plan.emit, emit);
    seqfeat_workspace* made = nullptr;
    ASSERT_EQ(seqfeat_workspace_new(layer.get(), &plan, nullptr, &made), SEQFEAT_OK);
    workspace.reset(made);
    std::array<float, 6> values{};
    std::int64_t length = 0;
    seqfeat_outputs outputs = {};
    outputs.values = values.data();
    outputs.lengths = &length;
    ASSERT_EQ(seqfeat_layer_pack(layer.get(), &features, made, nullptr, nullptr), SEQFEAT_OK);
    ASSERT_EQ(seqfeat_layer_compute(layer.get(), &outputs, made, nullptr), SEQFEAT_OK);
    EXPECT_EQ(values, (std::array<float, 6>{8, 9, 2, 3, 8, 9}));
  }

  [[nodiscard]] Handle<seqfeat_state> state(std::string_view json = kAdagrad) const {
    seqfeat_state* made = nullptr;
    EXPECT_EQ(seqfeat_state_new(layer.get(), json.data(), json.size(), &made), SEQFEAT_OK);
    return Handle<seqfeat_state>(made);
  }

  seqfeat_status update(seqfeat_state* with) {
    return seqfeat_layer_update(layer.get(), &gradient, workspace.get(), with, nullptr);
  }

  std::array<float, 10> table{};
  Handle<seqfeat_layer> layer;
  Handle<seqfeat_workspace> workspace;
  seqfeat_sizes sizes = {};
  std::array<float, 6> numbers{1, 2, 3, 4, 5, 6};  // of the tokens 4, 1 and 4
  seqfeat_gradient gradient = {numbers.data(), SEQFEAT_FLOAT32};
};

std::string message() {
  return seqfeat_last_error().message;
}

TEST(Training, UpdatesTheRowsThatOccur) {
  Trained one;
  const auto state = one.state(R"({"type": "sgd", "learning_rate": 0.5})");
  ASSERT_EQ(one.update(state.get()), SEQFEAT_OK);
  EXPECT_EQ(one.table, (std::array<float, 10>{0, 1, 0.5, 1, 4, 5, 6, 7, 5, 5}));
  EXPECT_EQ(seqfeat_state_step(state.get()), 1);
  ASSERT_EQ(seqfeat_state_set_learning_rate(state.get(), 0), SEQFEAT_OK);
  ASSERT_EQ(one.update(state.get()), SEQFEAT_OK);
  EXPECT_EQ(one.table[8], 5);
}

TEST(Training, AppliesWhatGradientsGives) {
  Trained updated;
  const auto state = updated.state();
  Trained applied;
  const auto other = applied.state();
  ASSERT_EQ(seqfeat_layer_prepare_update(updated.layer.get(), updated.workspace.get(), nullptr),
            SEQFEAT_OK);
  ASSERT_EQ(updated.update(state.get()), SEQFEAT_OK);

  seqfeat_sparse_gradient* sparse = nullptr;
  ASSERT_EQ(seqfeat_sparse_gradient_new(applied.layer.get(), &applied.sizes, nullptr, &sparse),
            SEQFEAT_OK);
  const Handle<seqfeat_sparse_gradient> held(sparse);
  ASSERT_EQ(seqfeat_layer_gradients(applied.layer.get(), &applied.gradient, applied.workspace.get(),
                                    sparse, nullptr),
            SEQFEAT_OK);
  ASSERT_EQ(seqfeat_sparse_gradient_count(sparse), 1);
  const seqfeat_sparse_table table = seqfeat_sparse_gradient_table(sparse, 0);
  EXPECT_STREQ(table.table, "k_embedding");
  ASSERT_EQ(*table.count, 2);
  EXPECT_EQ(std::vector<std::int64_t>(table.ids, table.ids + 2), (std::vector<std::int64_t>{1, 4}));
  EXPECT_EQ(std::vector<float>(table.rows, table.rows + 4), (std::vector<float>{3, 4, 6, 8}));
  ASSERT_EQ(seqfeat_layer_apply(applied.layer.get(), &table, 1, other.get(), nullptr), SEQFEAT_OK);
  EXPECT_EQ(applied.table, updated.table);
  EXPECT_EQ(seqfeat_state_step(other.get()), 1);

  seqfeat_sparse_table wrong = table;
  wrong.dim = 3;
  EXPECT_EQ(seqfeat_layer_apply(applied.layer.get(), &wrong, 1, other.get(), nullptr),
            SEQFEAT_INVALID_ARGUMENT);
  EXPECT_NE(message().find("expected rows of 2"), std::string::npos) << message();
}

TEST(Training, KeepsStateInMemoryOfTheCallers) {
  Trained one;
  const auto state = one.state();
  ASSERT_EQ(seqfeat_state_table_count(state.get()), 1);
  EXPECT_STREQ(seqfeat_state_table(state.get(), 0), "k_embedding");
  ASSERT_EQ(seqfeat_state_tensor_count(state.get()), 1);
  seqfeat_state_tensor tensor = seqfeat_state_get(state.get(), 0);
  EXPECT_STREQ(tensor.slot, "accumulator");
  EXPECT_EQ(tensor.rows * tensor.dim, 10);
  EXPECT_EQ(tensor.data, nullptr);
  std::array<float, 10> memory{};
  ASSERT_EQ(seqfeat_state_bind(state.get(), "k_embedding", "accumulator", memory.data()),
            SEQFEAT_OK);
  ASSERT_EQ(seqfeat_state_complete(state.get()), SEQFEAT_OK);
  ASSERT_EQ(one.update(state.get()), SEQFEAT_OK);
  EXPECT_EQ(memory[2], 9);   // of row 1, 3 * 3
  EXPECT_EQ(memory[8], 36);  // of row 4, 6 * 6
  EXPECT_EQ(seqfeat_state_bind(state.get(), "k_embedding", "moment1", memory.data()),
            SEQFEAT_INVALID_ARGUMENT);
}

TEST(Training, GoesOnFromAFile) {
  const std::string path = ::testing::TempDir() + "abi_state_" + std::to_string(getpid());
  Trained one;
  const auto state = one.state();
  ASSERT_EQ(one.update(state.get()), SEQFEAT_OK);
  ASSERT_EQ(seqfeat_state_save(state.get(), path.c_str(), nullptr), SEQFEAT_OK);
  ASSERT_EQ(one.update(state.get()), SEQFEAT_OK);
  Trained two;
  const auto again = two.state();
  ASSERT_EQ(seqfeat_state_load(again.get(), path.c_str(), nullptr), SEQFEAT_OK);
  EXPECT_EQ(seqfeat_state_step(again.get()), 1);
  EXPECT_EQ(seqfeat_state_learning_rate(again.get()), 0.5);
  ASSERT_EQ(two.update(again.get()), SEQFEAT_OK);
  EXPECT_EQ(two.table, one.table);
  unlink(path.c_str());
  EXPECT_EQ(seqfeat_state_load(again.get(), path.c_str(), nullptr), SEQFEAT_DATA_ERROR);
}

TEST(Training, RefusesByName) {
  Trained one;
  const auto state = one.state();
  const auto refused = [](seqfeat_status status, const char* why) {
    EXPECT_EQ(status, SEQFEAT_INVALID_ARGUMENT);
    EXPECT_NE(message().find(why), std::string::npos) << message();
  };
  seqfeat_state* made = nullptr;
  constexpr std::string_view kUnknown = R"({"type": "adagrad", "lr": 1})";
  refused(seqfeat_state_new(one.layer.get(), kUnknown.data(), kUnknown.size(), &made), "/lr");
  refused(seqfeat_optimizer_check(kUnknown.data(), kUnknown.size()), "/lr");
  EXPECT_EQ(seqfeat_optimizer_check(kAdagrad.data(), kAdagrad.size()), SEQFEAT_OK);
  refused(seqfeat_layer_update(one.layer.get(), nullptr, one.workspace.get(), state.get(), nullptr),
          "gradient: got null");
  refused(seqfeat_layer_update(one.layer.get(), &one.gradient, nullptr, state.get(), nullptr),
          "workspace: got null");
  refused(one.update(nullptr), "state: got null");
  refused(seqfeat_state_set_step(state.get(), -1), "step");
  refused(seqfeat_state_set_learning_rate(state.get(), -1), "learning_rate");
  one.compute(SEQFEAT_EMIT_VALUES);
  refused(one.update(state.get()), "trains");
}

}  // namespace
