// SPDX-License-Identifier: Apache-2.0
#include "bench/lookup_shapes.hpp"

#include "bench/setting.hpp"

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kFirstSeed = 100;  // of batch 0
constexpr std::int64_t kLeastRows = 100;
constexpr std::int64_t kLeastSteps = 32;

/// `number` without zeros behind it.
std::string text_of(double number) {
  std::string text = std::to_string(number);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

LookupDefinition bags(std::string name, const LookupShape& shape, std::string note = "CSR") {
  std::string about =
      std::to_string(shape.rows / kMillion) + " M x " + std::to_string(shape.dim) + ", " +
      std::to_string(shape.steps) + " bags of " + std::to_string(shape.values) +
      (shape.law.alpha > 0 ? ", power law " + text_of(shape.law.alpha) : ", uniform");
  LookupDefinition definition{std::move(name), std::move(about), shape, std::move(note)};
  definition.shape.narrow_ids = true;
  return definition;
}

/// W1's shape with its three skews.
LookupDefinition headline(std::string name, double alpha) {
  return bags(std::move(name), {1, 10 * kMillion, 128, 131'072, 64, {.alpha = alpha}});
}

LookupDefinition sequence(std::string name, bool permuted) {
  return {std::move(name),
          "1,048,570 single rows of ten tables of 1,677,721 x 128, power law 1.05",
          {10, 1'677'721, 128, 1'048'570, 1, {.alpha = 1.05, .permuted = permuted}, 16},
          "tables laid end to end; 16 batches take turns"};
}

/// Every combination of W1's sizes.
void append_grid(std::vector<LookupDefinition>& definitions) {
  for (const double alpha : {0.0, 1.05, 1.15}) {
    for (const std::int64_t millions : {1, 10}) {
      for (const std::int64_t dim : {32, 128}) {
        for (const std::int64_t steps : {1'024, 32'768, 131'072}) {
          for (const std::int64_t values : {1, 16, 64}) {
            LookupDefinition point =
                bags("W1/grid/alpha" + text_of(alpha) + "/r" + std::to_string(millions) + "M/d" +
                         std::to_string(dim) + "/b" + std::to_string(steps) + "/h" +
                         std::to_string(values),
                     {1, millions * kMillion, dim, steps, values, {.alpha = alpha}},
                     values > 1 ? "CSR" : "one id a step, no offsets");
            point.group = "W1/grid";
            definitions.push_back(std::move(point));
          }
        }
      }
    }
  }
}

}  // namespace

std::vector<LookupDefinition> lookup_definitions() {
  std::vector<LookupDefinition> definitions = {
      headline("W1/uniform", 0),
      headline("W1/alpha1.05", 1.05),
      headline("W1/alpha1.15", 1.15),
      bags("W1b",
           {1, 10 * kMillion, 256, 65'536, 64, {.alpha = 1.15}, 1, true, FloatType::float16}),
      bags("W1b/fp32", {1, 10 * kMillion, 256, 65'536, 64, {.alpha = 1.15}},
           "CSR; the same in fp32"),
      sequence("W2/adjacent", false),
      sequence("W2/permuted", true),
      {"W3",
       "32 tables of 100,000 x 128, 512 bags of 20 each",
       {32, 100'000, 128, 16'384, 20, {.alpha = 0.1, .shift = 0.1}},
       "tables laid end to end"}};
  append_grid(definitions);
  return definitions;
}

LookupShape scaled(LookupShape shape, double scale) {
  shape.rows = scaled(shape.rows, scale, kLeastRows);
  shape.steps = scaled(shape.steps, scale, kLeastSteps);
  return shape;
}

std::vector<std::int64_t> ids_of(const LookupShape& shape, std::int64_t batch) {
  const std::int64_t count = shape.steps * shape.values;
  std::vector<std::int64_t> ids =
      power_law(count, shape.rows, shape.law, static_cast<std::uint64_t>(kFirstSeed + batch));
  for (std::int64_t i = 0; shape.tables > 1 && i < count; ++i) {
    const std::int64_t table = (i / shape.values) * shape.tables / shape.steps;
    ids[static_cast<std::size_t>(i)] += table * shape.rows;
  }
  return ids;
}

std::int64_t table_bytes(const LookupShape& shape) noexcept {
  return shape.tables * shape.rows * shape.dim * size_of(shape.type);
}

std::vector<std::int64_t> even_offsets(std::int64_t steps, std::int64_t values) {
  std::vector<std::int64_t> offsets;
  for (std::int64_t s = 0; values > 1 && s <= steps; ++s) offsets.push_back(s * values);
  return offsets;
}

std::string_view id_type(const LookupShape& shape) noexcept {
  return shape.narrow_ids ? "int32" : "int64";
}

nlohmann::ordered_json to_json(const LookupShape& shape) {
  return {{"kind", "lookup"},
          {"tables", shape.tables},
          {"rows", shape.rows},
          {"dim", shape.dim},
          {"steps", shape.steps},
          {"values", shape.values},
          {"alpha", shape.law.alpha},
          {"shift", shape.law.shift},
          {"permuted", shape.law.permuted},
          {"batches", shape.batches},
          {"seed", kFirstSeed},
          {"least_rows", kLeastRows},
          {"least_steps", kLeastSteps},
          {"type", to_string(shape.type)},
          {"ids", id_type(shape)}};
}

}  // namespace seqfeat::bench
