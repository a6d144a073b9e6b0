// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <seqfeat/seqfeat.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <seqfeat/arrow_abi.hpp>
#include <string>
#include <thread>
#include <vector>

namespace {

constexpr const char* kSpec =
    R"({"columns": [{"type": "embedding_column", "dimension": 2, "categorical_column":
    {"type": "sequence_categorical_column_with_hash_bucket", "key": "k", "hash_bucket_size": 7,
     "dtype": "int32"}}]})";

struct Free {
  void operator()(seqfeat_spec* p) const { seqfeat_spec_free(p); }
  void operator()(seqfeat_backend* p) const { seqfeat_backend_free(p); }
  void operator()(seqfeat_layer* p) const { seqfeat_layer_free(p); }
  void operator()(seqfeat_batch* p) const { seqfeat_batch_free(p); }
  void operator()(seqfeat_workspace* p) const { seqfeat_workspace_free(p); }
  void operator()(seqfeat_ragged* p) const { seqfeat_ragged_free(p); }
};
template <class T>
using Handle = std::unique_ptr<T, Free>;

Handle<seqfeat_spec> make_spec() {
  seqfeat_spec* spec = nullptr;
  EXPECT_EQ(seqfeat_spec_from_json(kSpec, std::strlen(kSpec), &spec), SEQFEAT_OK);
  return Handle<seqfeat_spec>(spec);
}

Handle<seqfeat_layer> make_layer(const seqfeat_memory* memory = nullptr) {
  const auto spec = make_spec();
  seqfeat_backend* backend = nullptr;
  EXPECT_EQ(seqfeat_backend_open("cpu", memory, &backend), SEQFEAT_OK);
  const Handle<seqfeat_backend> held(backend);
  seqfeat_layer* layer = nullptr;
  EXPECT_EQ(seqfeat_layer_new(spec.get(), backend, &layer), SEQFEAT_OK);
  return Handle<seqfeat_layer>(layer);
}

/// Two rows of int32: 1 2 3 and 4.
struct Rows {
  std::array<std::int64_t, 3> offsets{0, 3, 4};
  std::array<std::int32_t, 4> tokens{1, 2, 3, 4};

  [[nodiscard]] seqfeat_ragged_view view() const {
    seqfeat_ragged_view view = {};
    view.row_offsets = {offsets.data(), 3, 1};
    view.values.data = tokens.data();
    view.values.count = 4;
    view.values.dtype = SEQFEAT_INT32;
    return view;
  }
};

std::string message() {
  return seqfeat_last_error().message;
}

TEST(Abi, HasAVersion) {
  EXPECT_EQ(seqfeat_abi_version(), SEQFEAT_ABI_VERSION);
  EXPECT_FALSE(std::string(seqfeat_version()).empty());
}

TEST(Abi, RefusesNullPointersByName) {
  const Rows rows;
  const seqfeat_ragged_view view = rows.view();
  seqfeat_spec* spec = nullptr;
  seqfeat_batch* batch = nullptr;
  const auto layer = make_layer();
  const std::vector<std::pair<seqfeat_status, std::string>> refused{
      {seqfeat_spec_from_json(nullptr, 0, &spec), "json"},
      {seqfeat_spec_from_json(kSpec, 3, nullptr), "out"},
      {seqfeat_backend_open(nullptr, nullptr, nullptr), "name"},
      {seqfeat_layer_run(nullptr, nullptr, 0, &batch), "layer"},
      {seqfeat_layer_run(layer.get(), nullptr, 0, &batch), "features"},
      {seqfeat_hash_buckets(nullptr, &view.values, 7, nullptr, nullptr), "backend"},
      {seqfeat_hash_bucket(nullptr, &view.values, 7, nullptr, nullptr, nullptr), "backend"},
      {seqfeat_layer_bind(layer.get(), "k_embedding", nullptr), "table"},
      {seqfeat_reader_new(nullptr, 0, nullptr, nullptr, nullptr), "options"},
      {seqfeat_arrow_from_stream(nullptr, nullptr), "stream"},
  };
  for (const auto& [status, name] : refused) EXPECT_EQ(status, SEQFEAT_INVALID_ARGUMENT) << name;
  static_cast<void>(seqfeat_spec_from_json(nullptr, 0, &spec));
  EXPECT_NE(message().find("json: got null"), std::string::npos);
}

TEST(Abi, HashesWithAKeyAndAMaskedToken) {
  seqfeat_backend* opened = nullptr;
  ASSERT_EQ(seqfeat_backend_open("cpu", nullptr, &opened), SEQFEAT_OK);
  const Handle<seqfeat_backend> backend(opened);
  // Keras' Hashing(2**31, salt=[133, 137], mask_value=-1) of 0, -1 and 1.
  const std::array<std::int64_t, 3> tokens{0, -1, 1};
  seqfeat_values values = {};
  values.dtype = SEQFEAT_INT64;
  values.data = tokens.data();
  values.count = 3;
  const std::array<std::uint64_t, 2> salt{133, 137};
  const std::int64_t mask = -1;
  seqfeat_hash_options options = {};
  options.salt = salt.data();
  options.mask_integer = &mask;
  std::array<std::int64_t, 3> ids{};
  ASSERT_EQ(seqfeat_hash_bucket(backend.get(), &values, std::int64_t{1} << 31, &options, ids.data(),
                                nullptr),
            SEQFEAT_OK);
  EXPECT_EQ(ids, (std::array<std::int64_t, 3>{1001881601, 0, 455224308}));
  ASSERT_EQ(seqfeat_hash_bucket(backend.get(), &values, 1, nullptr, ids.data(), nullptr),
            SEQFEAT_OK);
  EXPECT_EQ(ids, (std::array<std::int64_t, 3>{}));
  options.mask_text = "a";
  options.mask_size = 1;
  EXPECT_EQ(seqfeat_hash_bucket(backend.get(), &values, 9, &options, ids.data(), nullptr),
            SEQFEAT_INVALID_ARGUMENT);
  EXPECT_NE(message().find("mask_value"), std::string::npos);
}

TEST(Abi, FreesNothing) {
  seqfeat_spec_free(nullptr);
  seqfeat_backend_free(nullptr);
  seqfeat_layer_free(nullptr);
  seqfeat_batch_free(nullptr);
  seqfeat_workspace_free(nullptr);
  seqfeat_ragged_free(nullptr);
  seqfeat_rows_free(nullptr);
  seqfeat_reader_free(nullptr);
  seqfeat_arrow_free(nullptr);
}

TEST(Abi, RefusesNumbersThatNameNothing) {
  const Rows rows;
  seqfeat_ragged_view view = rows.view();
  view.values.dtype = static_cast<seqfeat_dtype>(12);
  EXPECT_EQ(seqfeat_ragged_check(&view, "k"), SEQFEAT_INVALID_ARGUMENT);
  EXPECT_NE(message().find("dtype: got 12"), std::string::npos);
  seqfeat_batch* batch = nullptr;
  const char* key = "k";
  view = rows.view();
  const seqfeat_features features = {&key, &view, 1};
  EXPECT_EQ(seqfeat_layer_run(make_layer().get(), &features, 64, &batch), SEQFEAT_INVALID_ARGUMENT);
  EXPECT_EQ(batch, nullptr);
}

TEST(Abi, TellsThePlaceOfWrongData) {
  Rows rows;
  rows.offsets = {0, 3, 2};
  const seqfeat_ragged_view view = rows.view();
  EXPECT_EQ(seqfeat_ragged_check(&view, "k"), SEQFEAT_DATA_ERROR);
  EXPECT_NE(message().find("'k'"), std::string::npos);
}

TEST(Abi, KeepsTheErrorsOfThreadsApart) {
  seqfeat_spec* spec = nullptr;
  EXPECT_EQ(seqfeat_spec_from_json("{", 1, &spec), SEQFEAT_INVALID_ARGUMENT);
  const std::string mine = message();
  std::thread([] {
    EXPECT_EQ(seqfeat_last_error().status, SEQFEAT_OK);
    seqfeat_backend* backend = nullptr;
    EXPECT_EQ(seqfeat_backend_open("gpu", nullptr, &backend), SEQFEAT_INVALID_ARGUMENT);
  }).join();
  EXPECT_EQ(message(), mine);
}

TEST(Abi, TakesMemoryFromTheCaller) {
  struct Count {
    std::atomic<int> live{0};
    std::atomic<int> all{0};
  } count;
  const seqfeat_memory memory = {
      [](std::int64_t bytes, std::int64_t alignment, void*, void* context) -> void* {
        auto* counted = static_cast<Count*>(context);
        ++counted->live;
        ++counted->all;
        const auto size = static_cast<std::size_t>((bytes + alignment - 1) / alignment * alignment);
        return std::aligned_alloc(static_cast<std::size_t>(alignment), size);
      },
      [](void* pointer, std::int64_t, std::int64_t, void*, void* context) {
        --static_cast<Count*>(context)->live;
        std::free(pointer);
      },
      &count};
  {
    const auto layer = make_layer(&memory);
    const Rows rows;
    const seqfeat_ragged_view view = rows.view();
    const char* key = "k";
    const seqfeat_features features = {&key, &view, 1};
    seqfeat_batch* batch = nullptr;
    ASSERT_EQ(
        seqfeat_layer_run(layer.get(), &features, SEQFEAT_EMIT_VALUES | SEQFEAT_EMIT_MASK, &batch),
        SEQFEAT_OK);
    const Handle<seqfeat_batch> held(batch);
    EXPECT_EQ(seqfeat_batch_sizes(batch).padded_steps, 3);
    EXPECT_EQ(seqfeat_batch_outputs(batch).lengths[1], 1);
    EXPECT_GT(count.all, 0);
  }
  EXPECT_EQ(count.live, 0);
}

TEST(Abi, WritesTheSameIntoMemoryOfTheCallers) {
  const auto layer = make_layer();
  const Rows rows;
  const seqfeat_ragged_view view = rows.view();
  const char* key = "k";
  const seqfeat_features features = {&key, &view, 1};
  constexpr int kEmit = SEQFEAT_EMIT_VALUES | SEQFEAT_EMIT_MASK;
  seqfeat_batch* batch = nullptr;
  ASSERT_EQ(seqfeat_layer_run(layer.get(), &features, kEmit, &batch), SEQFEAT_OK);
  const Handle<seqfeat_batch> held(batch);
  const auto* want = static_cast<const float*>(seqfeat_batch_outputs(batch).values);

  seqfeat_sizes sizes = {};
  seqfeat_plan plan = {};
  ASSERT_EQ(seqfeat_layer_measure(layer.get(), &features, &sizes), SEQFEAT_OK);
  ASSERT_EQ(seqfeat_layer_plan(layer.get(), &sizes, kEmit, &plan), SEQFEAT_OK);
  ASSERT_EQ(plan.values, 2 * 3 * 2);
  seqfeat_workspace* workspace = nullptr;
  ASSERT_EQ(seqfeat_workspace_new(layer.get(), &plan, nullptr, &workspace), SEQFEAT_OK);
  const Handle<seqfeat_workspace> scratch(workspace);
  std::vector<float> values(12);
  std::vector<std::int64_t> lengths(2);
  std::vector<std::uint8_t> mask(6);
  seqfeat_outputs outputs = {};
  outputs.values = values.data();
  outputs.lengths = lengths.data();
  outputs.mask = mask.data();
  ASSERT_EQ(seqfeat_layer_pack(layer.get(), &features, workspace, nullptr, &sizes), SEQFEAT_OK);
  ASSERT_EQ(seqfeat_layer_compute(layer.get(), &outputs, workspace, nullptr), SEQFEAT_OK);
  ASSERT_EQ(seqfeat_workspace_check(workspace, nullptr), SEQFEAT_OK);
  EXPECT_EQ(std::memcmp(values.data(), want, values.size() * sizeof(float)), 0);
  EXPECT_EQ(lengths, (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(mask, (std::vector<std::uint8_t>{1, 1, 1, 1, 0, 0}));
}

TEST(Abi, KeepsItsTablesForThoseWhoLookAtThem) {
  const auto layer = make_layer();
  seqfeat_table first = {};
  ASSERT_EQ(seqfeat_layer_table(layer.get(), "k_embedding", &first), SEQFEAT_OK);
  const auto* seen = static_cast<const float*>(first.data);
  const float before = seen[13];
  std::vector<std::uint16_t> halves(14, 0x3c00);  // 1
  seqfeat_table table = {halves.data(), 7, 2, 0, SEQFEAT_FLOAT16};
  ASSERT_EQ(seqfeat_layer_copy_table(layer.get(), "k_embedding", &table), SEQFEAT_OK);
  EXPECT_EQ(seen[13], before);
  std::vector<float> floats(14, 5);
  table = {floats.data(), 7, 2, 0, SEQFEAT_FLOAT32};
  ASSERT_EQ(seqfeat_layer_copy_table(layer.get(), "k_embedding", &table), SEQFEAT_OK);
  EXPECT_EQ(seen[13], 5);
  table.rows = 8;
  EXPECT_EQ(seqfeat_layer_copy_table(layer.get(), "k_embedding", &table), SEQFEAT_INVALID_ARGUMENT);
  ASSERT_EQ(seqfeat_layer_table(layer.get(), "k_embedding", &table), SEQFEAT_OK);
  EXPECT_EQ(table.data, first.data);
}

TEST(Abi, DropsTheOwnerOfAnExportedBatchOnce) {
  const Rows rows;
  seqfeat_ragged_view view = rows.view();
  int drops = 0;
  const auto drop = [](void* owner) { ++*static_cast<int*>(owner); };
  ArrowSchema schema = {};
  ArrowArray array = {};
  ASSERT_EQ(seqfeat_arrow_export(&view, &drops, drop, &schema, &array), SEQFEAT_OK);
  EXPECT_EQ(drops, 0);
  seqfeat_arrow* arrow = nullptr;
  ASSERT_EQ(seqfeat_arrow_from_array(&schema, &array, &arrow), SEQFEAT_OK);
  EXPECT_EQ(seqfeat_arrow_key_count(arrow), -1);
  seqfeat_ragged* ragged = nullptr;
  std::int32_t depth = 0;
  ASSERT_EQ(seqfeat_arrow_column(arrow, "k", SEQFEAT_STRING, &ragged, &depth), SEQFEAT_OK);
  seqfeat_arrow_free(arrow);
  EXPECT_EQ(drops, 0);  // the batch looks into it
  EXPECT_EQ(depth, 1);
  EXPECT_EQ(seqfeat_ragged_get(ragged).values.data, rows.tokens.data());
  seqfeat_ragged_free(ragged);
  EXPECT_EQ(drops, 1);
  view.values.count = 9;
  EXPECT_NE(seqfeat_arrow_export(&view, &drops, drop, &schema, &array), SEQFEAT_OK);
  EXPECT_EQ(drops, 2);
}

/// A layer of a spec, on the CPU.
Handle<seqfeat_layer> layer_of(const std::string& json) {
  seqfeat_spec* spec = nullptr;
  EXPECT_EQ(seqfeat_spec_from_json(json.data(), json.size(), &spec), SEQFEAT_OK);
  const Handle<seqfeat_spec> held_spec(spec);
  seqfeat_backend* backend = nullptr;
  EXPECT_EQ(seqfeat_backend_open("cpu", nullptr, &backend), SEQFEAT_OK);
  const Handle<seqfeat_backend> held(backend);
  seqfeat_layer* layer = nullptr;
  EXPECT_EQ(seqfeat_layer_new(spec, backend, &layer), SEQFEAT_OK) << message();
  return Handle<seqfeat_layer>(layer);
}

std::string shared(const std::string& key) {
  return R"({"type": "shared_embedding_column", "table": "words", "dimension": 2,
    "categorical_column": {"type": "sequence_categorical_column_with_identity", "num_buckets": 3,
    "key": ")" +
         key + R"("}})";
}

TEST(Abi, CallsSharedTablesByTheirName) {
  const auto layer = layer_of(R"({"columns": [)" + shared("b") + "," + shared("a") +
                              R"(, {"type": "sequence_numeric_column", "key": "x"}]})");
  EXPECT_STREQ(seqfeat_layer_column(layer.get(), 0).name, "a_shared_embedding");
  EXPECT_STREQ(seqfeat_layer_column_table(layer.get(), 0), "words");
  EXPECT_STREQ(seqfeat_layer_column_table(layer.get(), 1), "words");
  EXPECT_EQ(seqfeat_layer_column_table(layer.get(), 2), nullptr);
  std::array<float, 6> rows{1, 2, 3, 4, 5, 6};
  const seqfeat_table table = {rows.data(), 3, 2, 0, SEQFEAT_FLOAT32};
  EXPECT_EQ(seqfeat_layer_bind(layer.get(), "words", &table), SEQFEAT_OK) << message();
  seqfeat_table got = {};
  EXPECT_EQ(seqfeat_layer_table(layer.get(), "words", &got), SEQFEAT_OK);
  EXPECT_EQ(got.data, rows.data());
  EXPECT_EQ(seqfeat_layer_table(layer.get(), "b_shared_embedding", &got), SEQFEAT_INVALID_ARGUMENT);
  EXPECT_NE(message().find("'words'"), std::string::npos) << message();
}

TEST(Abi, PutsNumbersIntoSteps) {
  const auto layer =
      layer_of(R"({"columns": [{"type": "sequence_numeric_column", "key": "x", "shape": [2]}]})");
  EXPECT_EQ(seqfeat_layer_column(layer.get(), 0).rows, 0);
  EXPECT_EQ(seqfeat_layer_column(layer.get(), 0).width, 2);
  const std::array<double, 4> numbers{1, 2, 3, 4};
  const std::array<std::int64_t, 3> offsets{0, 3, 4};
  seqfeat_ragged_view view = {};
  view.row_offsets = {offsets.data(), 3, 1};
  view.values.data = numbers.data();
  view.values.count = 4;
  view.values.dtype = SEQFEAT_DTYPE_FLOAT64;
  seqfeat_ragged* steps = nullptr;
  ASSERT_EQ(seqfeat_ragged_steps_of_numbers(&view, 2, "x", &steps), SEQFEAT_OK) << message();
  const seqfeat_ragged_view stepped = seqfeat_ragged_get(steps);
  EXPECT_EQ(stepped.step_offsets.count, 4);
  EXPECT_EQ(stepped.values.data, numbers.data());
  for (const seqfeat_ragged_view& given : {view, stepped}) {
    const char* const key = "x";
    const seqfeat_features features = {&key, &given, 1};
    seqfeat_batch* batch = nullptr;
    ASSERT_EQ(
        seqfeat_layer_run(layer.get(), &features, SEQFEAT_EMIT_VALUES | SEQFEAT_EMIT_IDS, &batch),
        SEQFEAT_OK)
        << message();
    const Handle<seqfeat_batch> held(batch);
    const auto* values = static_cast<const float*>(seqfeat_batch_outputs(batch).values);
    EXPECT_EQ(std::vector<float>(values, values + 8), (std::vector<float>{1, 2, 3, 0, 4, 0, 0, 0}));
    EXPECT_EQ(seqfeat_batch_ids(batch, 0).values.count, 0) << "it has no ids";
  }
  seqfeat_ragged_free(steps);
  steps = nullptr;
  EXPECT_EQ(seqfeat_ragged_steps_of_numbers(&view, 0, "x", &steps), SEQFEAT_INVALID_ARGUMENT);
  const std::array<std::int64_t, 2> shape{1, 4};
  const std::array<std::int64_t, 8> indices{0, 0, 0, 1, 0, 2, 0, 3};
  EXPECT_EQ(seqfeat_ragged_from_sparse_numbers(&view.values, indices.data(), shape.data(), 2, 3,
                                               "x", &steps),
            SEQFEAT_DATA_ERROR);
  EXPECT_EQ(seqfeat_ragged_from_sparse_numbers(&view.values, indices.data(), shape.data(), 2, 2,
                                               "x", &steps),
            SEQFEAT_OK);
  EXPECT_EQ(seqfeat_ragged_get(steps).values.count, 4);
  seqfeat_ragged_free(steps);
}

TEST(Abi, GivesTheStepsOfACross) {
  constexpr const char* kCrosses = R"({"columns": [
      {"type": "sequence_crossed_column", "hash_bucket_size": 7,
       "keys": ["a", {"key": "k", "dtype": "int32"}]},
      {"type": "indicator_column", "categorical_column":
       {"type": "sequence_crossed_column", "hash_bucket_size": 9,
        "keys": [{"key": "k", "dtype": "int32"}, "a"]}}]})";
  seqfeat_spec* spec = nullptr;
  ASSERT_EQ(seqfeat_spec_from_json(kCrosses, std::strlen(kCrosses), &spec), SEQFEAT_OK);
  const Handle<seqfeat_spec> held_spec(spec);
  EXPECT_EQ(seqfeat_spec_feature_count(spec), 2);
  seqfeat_backend* backend = nullptr;
  ASSERT_EQ(seqfeat_backend_open("cpu", nullptr, &backend), SEQFEAT_OK);
  const Handle<seqfeat_backend> held_backend(backend);
  seqfeat_layer* layer = nullptr;
  ASSERT_EQ(seqfeat_layer_new(spec, backend, &layer), SEQFEAT_OK);
  const Handle<seqfeat_layer> held_layer(layer);
  EXPECT_STREQ(seqfeat_layer_column(layer, 0).key, "");
  ASSERT_EQ(seqfeat_layer_cross_count(layer), 1) << "both are of the same features";
  EXPECT_GT(std::strlen(seqfeat_layer_cross_key(layer, 0)), 2U);

  const Rows rows;  // of 1 2 3 and 4
  const std::array<std::int64_t, 5> steps{0, 2, 2, 3, 5};
  const std::array<std::int64_t, 6> bytes{0, 1, 2, 3, 4, 5};
  seqfeat_ragged_view strings = rows.view();
  strings.step_offsets = {steps.data(), 5, 1};
  strings.values = {{bytes.data(), 6, 1}, "vwxyz", 5, 5, SEQFEAT_STRING};
  const std::array<const char*, 2> keys{"a", "k"};
  const std::array<seqfeat_ragged_view, 2> views{strings, rows.view()};
  const seqfeat_features features = {keys.data(), views.data(), 2};
  seqfeat_ragged* made = nullptr;
  ASSERT_EQ(seqfeat_layer_cross(layer, &features, 0, &made), SEQFEAT_OK) << message();
  const Handle<seqfeat_ragged> held(made);
  const seqfeat_ragged_view cross = seqfeat_ragged_get(made);
  EXPECT_EQ(cross.values.count, 5);
  EXPECT_EQ(cross.values.data, nullptr);
  const auto* got = static_cast<const std::int64_t*>(cross.step_offsets.data);
  EXPECT_TRUE(std::equal(steps.begin(), steps.end(), got));
  const seqfeat_features one = {keys.data(), views.data(), 1};
  EXPECT_EQ(seqfeat_layer_cross(layer, &one, 0, &made), SEQFEAT_INVALID_ARGUMENT);
  EXPECT_NE(message().find("'k' is missing"), std::string::npos) << message();
}

}  // namespace
