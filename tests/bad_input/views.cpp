// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "seqfeat/hash.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/lookup.hpp"
#include "seqfeat/pack.hpp"
#include "tests/bad_input/bad_input.hpp"

namespace seqfeat::test {
namespace {

using Numbers = std::vector<std::int64_t>;

std::int64_t* const kNoIds = nullptr;

/// Flat memory as a caller has it; as it stands, two rows: ["ab", "c"] and ["d"].
struct Flat {
  Numbers rows = {0, 2, 3};
  Numbers steps = {};
  Numbers bytes = {0, 2, 3, 4};
  std::string text = "abcd";
  std::int64_t count = 3;
  std::int64_t per_step = 1;

  [[nodiscard]] RaggedView view() const {
    RaggedView view;
    view.row_offsets = offsets_of(rows);
    if (!steps.empty()) view.step_offsets = offsets_of(steps);
    view.byte_offsets = offsets_of(bytes);
    view.data = text.data();
    view.values_per_step = per_step;
    view.value_count = count;
    view.bytes = static_cast<std::int64_t>(text.size());
    return view;
  }
};

Column embedding(const char* key = "w", std::int64_t dimension = 2, DType dtype = DType::string) {
  return embedding_column(sequence_categorical_column_with_hash_bucket(key, 10, dtype), dimension);
}

const Backend& cpu() {
  static const Backend kBackend = Backend::cpu();
  return kBackend;
}

void run(const std::vector<Column>& columns, const Features& features,
         const LayerOptions& options = {}) {
  (void)SequenceFeatures(columns, cpu(), options)(features);
}

/// A flat batch, spoilt, through the layer.
BadInput spoilt(
    std::string what, Refusal expected, std::vector<std::string> words, void (*spoil)(Flat&),
    void (*spoil_view)(RaggedView&) = [](RaggedView&) {}) {
  words.emplace_back("feature 'w'");
  return {std::move(what), expected, std::move(words), [spoil, spoil_view] {
            Flat flat;
            spoil(flat);
            RaggedView view = flat.view();
            spoil_view(view);
            Features features;
            features.set("w", view);
            run({embedding()}, features);
          }};
}

Features two_features(const std::vector<std::vector<std::string>>& a,
                      const std::vector<std::vector<std::string>>& b) {
  Features features;
  features.set("a", from_rows(a));
  features.set("b", from_rows(b));
  return features;
}

void look_up(const Numbers& ids, const Numbers& steps, std::int64_t dim = 2) {
  const std::array<float, 8> table{};
  std::array<float, 64> out{};
  lookup(cpu(), {table.data(), 4, dim}, ids.data(), static_cast<std::int64_t>(ids.size()),
         steps.empty() ? Offsets{} : offsets_of(steps), {}, out.data(), 0, kHostStream);
}

constexpr std::int64_t kZero = 0;

/// Sizes alone decide: nothing is read.
void look_up_huge(std::int64_t ids, const Offsets& steps, std::int64_t pitch) {
  const std::array<float, 8> table{};
  float out = 0;
  lookup(cpu(), {table.data(), 4, 2}, &kZero, ids, steps, {}, &out, pitch, kHostStream);
}

}  // namespace

std::vector<BadInput> bad_views() {
  constexpr auto kArgument = Refusal::invalid_argument;
  constexpr auto kData = Refusal::data_error;
  const auto nothing = [](Flat&) {};
  return {
      spoilt("rows that do not start at 0", kData, {"row_offsets[0] is 1", "0"},
             [](Flat& f) {
               f.rows = {1, 2, 3};
             }),
      spoilt("rows that decrease", kData, {"row 1", "row_offsets[1] is -1", "at least 0"},
             [](Flat& f) {
               f.rows = {0, -1, 3};
             }),
      spoilt("rows that overrun", kData, {"row_offsets[2] is 4", "expected 3"},
             [](Flat& f) {
               f.rows = {0, 2, 4};
             }),
      spoilt("rows that overrun by 2 to the 63 - 1", kData, {"9223372036854775807", "expected 3"},
             [](Flat& f) {
               f.rows = {0, INT64_MAX, INT64_MAX};
             }),
      spoilt("rows that stop early", kData, {"row_offsets[2] is 2", "expected 3"},
             [](Flat& f) {
               f.rows = {0, 2, 2};
             }),
      spoilt("steps that decrease", kData, {"step 2", "step_offsets[2] is 0", "at least 1"},
             [](Flat& f) {
               f.steps = {0, 1, 0, 3};
             }),
      spoilt("steps that overrun", kData, {"step_offsets[3] is 4", "expected 3"},
             [](Flat& f) {
               f.steps = {0, 1, 2, 4};
             }),
      spoilt("bytes that decrease", kData, {"value 2", "byte_offsets[2] is 1", "at least 2"},
             [](Flat& f) {
               f.bytes = {0, 2, 1, 4};
             }),
      spoilt("bytes that overrun", kData, {"byte_offsets[3] is 5", "at most 4"},
             [](Flat& f) {
               f.bytes = {0, 2, 3, 5};
             }),
      spoilt("bytes that start below 0", kData, {"byte_offsets[0] is -8"},
             [](Flat& f) {
               f.bytes = {-8, 2, 3, 4};
             }),
      spoilt("too few byte offsets", kArgument, {"byte_offsets has 3", "expected 4"},
             [](Flat& f) { f.bytes.pop_back(); }),
      spoilt("no offsets of rows", kArgument, {"row_offsets.count is 0"}, nothing,
             [](RaggedView& v) { v.row_offsets.count = 0; }),
      spoilt("a negative count of rows", kArgument, {"row_offsets.count is -4"}, nothing,
             [](RaggedView& v) { v.row_offsets.count = -4; }),
      spoilt("a negative count of values", kArgument, {"value_count is -3"}, nothing,
             [](RaggedView& v) { v.value_count = -3; }),
      spoilt("a huge count of values", kArgument, {"byte_offsets has 4"}, nothing,
             [](RaggedView& v) { v.value_count = INT64_MAX / 16; }),
      spoilt("a count of values that no memory holds", kArgument,
             {"value_count is 9223372036854775807", "at most"}, nothing,
             [](RaggedView& v) { v.value_count = INT64_MAX; }),
      spoilt("a count of rows that no memory holds", kArgument,
             {"row_offsets.count is 9223372036854775807", "at most"}, nothing,
             [](RaggedView& v) { v.row_offsets.count = INT64_MAX; }),
      spoilt(
          "a count of steps that no memory holds", kArgument,
          {"step_offsets.count is 9223372036854775807", "at most"},
          [](Flat& f) {
            f.steps = {0, 1, 2, 3};
          },
          [](RaggedView& v) { v.step_offsets.count = INT64_MAX; }),
      spoilt("a negative count of bytes", kArgument, {"bytes is -1"}, nothing,
             [](RaggedView& v) { v.bytes = -1; }),
      spoilt("bytes that are null", kArgument, {"data is null"}, nothing,
             [](RaggedView& v) { v.data = nullptr; }),
      spoilt("values that do not fill the steps", kArgument, {"value_count is 3", "multiple of 2"},
             [](Flat& f) { f.per_step = 2; }),
      spoilt("no values a step", kArgument, {"values_per_step is 0"},
             [](Flat& f) { f.per_step = 0; }),
      {"features on a device for a layer on the CPU",
       kArgument,
       {"device", "CPU"},
       [] {
         const Flat flat;
         RaggedView view = flat.view();
         view.location = Location::device;
         Features features;
         features.set("w", view);
         run({embedding()}, features, {.max_length = 4, .padding = Padding::max_length});
       }},
      {"a feature that is missing",
       kArgument,
       {"'w'", "missing", "'w_embedding'"},
       [] { run({embedding()}, Features{}); }},
      {"strings for an integer column",
       kArgument,
       {"'a'", "got string", "int16"},
       [] { run({embedding("a", 2, DType::int16)}, two_features({{"x"}}, {{"x"}})); }},
      {"unequal lengths",
       kData,
       {"row 1", "'a_embedding' has 2", "'b_embedding' has 1"},
       [] {
         run({embedding("a"), embedding("b")}, two_features({{"x"}, {"x", "y"}}, {{"x"}, {"x"}}));
       }},
      {"unequal batches",
       kArgument,
       {"'a_embedding' has 2 rows", "'b_embedding' has 1"},
       [] {
         run({embedding("a"), embedding("b")}, two_features({{"x"}, {"x"}}, {{"x"}}));
       }},
      {"a row longer than max_length",
       kData,
       {"row 0", "a: got 2 steps", "max_length = 1"},
       [] {
         run({embedding("a")}, two_features({{"x", "y"}}, {}), {.max_length = 1});
       }},
      {"values of a bare categorical column",
       kArgument,
       {"'a'", "bare"},
       [] {
         run({sequence_categorical_column_with_hash_bucket("a", 9)}, two_features({{"x"}}, {}));
       }},
      {"hashing into one bucket",
       kArgument,
       {"hash_bucket_size", "got 1"},
       [] { hash(cpu(), {}, 1, kNoIds, kHostStream); }},
      {"hashing to nowhere",
       kArgument,
       {"output is null"},
       [] {
         const std::int64_t value = 1;
         hash(cpu(), {DType::int64, &value, {}, 1, 0}, 9, kNoIds, kHostStream);
       }},
      {"hashing a negative count",
       kArgument,
       {"-2"},
       [] {
         std::int64_t id = 1;
         hash(cpu(), {DType::int64, &id, {}, -2, 0}, 9, &id, kHostStream);
       }},
      {"hashing a count that no memory holds",
       kArgument,
       {"'values'", "9223372036854775807", "at most"},
       [] {
         std::int64_t id = 1;
         hash(cpu(), {DType::int64, &id, {}, INT64_MAX, 0}, 9, &id, kHostStream);
       }},
      {"hashing a count of strings that no memory holds",
       kArgument,
       {"'values'", "9223372036854775807", "at most"},
       [] {
         const Numbers bytes = {0, 2};
         std::int64_t id = 1;
         hash(cpu(), {DType::string, "ab", offsets_of(bytes), INT64_MAX, 2}, 9, &id, kHostStream);
       }},
      {"checking a count that no memory holds",
       kArgument,
       {"'v'", "9223372036854775807", "at most"},
       [] {
         const Numbers bytes = {0, 2};
         validate(ValuesView{DType::string, "ab", offsets_of(bytes), INT64_MAX, 2}, "v");
       }},
      {"features on a device whose bytes overflow",
       kArgument,
       {"bytes", "overflow"},
       [] {
         const Flat flat;
         RaggedView view = flat.view();
         view.location = Location::device;
         view.bytes = INT64_MAX;
         Features features;
         features.set("a", view);
         features.set("b", view);
         const LayerOptions options{.max_length = 4, .padding = Padding::max_length};
         (void)SequenceFeatures({embedding("a"), embedding("b")}, cpu(), options).measure(features);
       }},
      {"features on a device whose ids overflow",
       kArgument,
       {"ids", "overflow"},
       [] {
         const Flat flat;
         RaggedView view = flat.view();
         view.location = Location::device;
         view.dtype = DType::int64;
         view.value_count = INT64_MAX / 8 - 1;
         Features features;
         std::vector<Column> columns;
         for (const char* key : {"a", "b", "c"}) {
           features.set(key, view);
           const CategoricalColumn ids =
               sequence_categorical_column_with_hash_bucket(key, 10, DType::int64);
           columns.insert(columns.end(), {ids, embedding_column(ids, 2), indicator_column(ids)});
         }
         const LayerOptions options{.max_length = 4, .padding = Padding::max_length};
         (void)SequenceFeatures(columns, cpu(), options).measure(features);
       }},
      {"hashing bytes that decrease",
       kData,
       {"byte_offsets[2] is 1"},
       [] {
         const Numbers bytes = {0, 2, 1};
         std::array<std::int64_t, 2> ids{};
         hash(cpu(), {DType::string, "abc", offsets_of(bytes), 2, 3}, 9, ids.data(), kHostStream);
       }},
      {"an id outside the table",
       kData,
       {"step 1", "id 4", "0 to 3"},
       [] {
         look_up({1, 4}, {});
       }},
      {"a negative id", kData, {"step 0", "id -1"}, [] { look_up({-1}, {}); }},
      {"steps beyond the ids",
       kData,
       {"step_offsets[2] is 3", "expected 2"},
       [] {
         look_up({1, 2}, {0, 1, 3});
       }},
      {"a count of ids that no memory holds",
       kArgument,
       {"id_count is 9223372036854775807", "at most"},
       [] { look_up_huge(INT64_MAX, {}, 0); }},
      {"a count of steps to look up that no memory holds",
       kArgument,
       {"step_offsets.count is 9223372036854775807", "at most"},
       [] {
         Offsets steps;
         steps.data = &kZero;
         steps.count = INT64_MAX;
         look_up_huge(1, steps, 0);
       }},
      {"an output whose bytes overflow",
       kArgument,
       {"output", "9223372036854775807", "overflow"},
       [] { look_up_huge(1, {}, INT64_MAX); }},
      {"a table without columns", kArgument, {"table.dim is 0"}, [] { look_up({1}, {}, 0); }},
  };
}

}  // namespace seqfeat::test
