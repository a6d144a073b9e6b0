// SPDX-License-Identifier: Apache-2.0
#include <iomanip>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <variant>

#include "backend/sizes.hpp"
#include "cli/app.hpp"
#include "cli/output.hpp"
#include "run/spec_file.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/spec_json.hpp"

namespace seqfeat::cli {
namespace {

using Json = nlohmann::ordered_json;

/// What a spec means, as JSON; the text form is made from it.
Json describe(const Spec& given) {
  const std::string canonical = to_json(given);
  const Spec spec = parse_spec(canonical);  // columns in their order
  Json columns = Json::array();
  Json tables = Json::array();
  std::int64_t offset = 0;
  for (const Column& column : spec.columns) {
    const std::int64_t width = width_of(column);
    columns.push_back({{"name", name_of(column)}, {"offset", offset}, {"width", width}});
    if (__builtin_add_overflow(offset, width, &offset)) {
      throw InvalidArgument("columns: got widths whose sum overflows int64");
    }
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding == nullptr) continue;
    const std::int64_t rows = embedding->categorical().hash_bucket_size();
    const auto bytes = detail::product({rows, embedding->dimension(), 4});
    if (!bytes) {
      throw InvalidArgument("column " + embedding->name() + ": got a table of [" +
                            std::to_string(rows) + ", " + std::to_string(embedding->dimension()) +
                            "] floats, whose bytes overflow int64; use fewer buckets");
    }
    tables.push_back({{"name", embedding->name()},
                      {"shape", {rows, embedding->dimension()}},
                      {"bytes", *bytes}});
  }
  Json parse_spec_json = Json::object();
  for (const auto& [key, dtype] : make_parse_example_spec(spec.columns)) {
    parse_spec_json[key] = to_string(dtype);
  }
  return {{"schema_version", 1}, {"spec", Json::parse(canonical)}, {"columns", columns},
          {"width", offset},     {"parse_spec", parse_spec_json},  {"tables", tables}};
}

std::string as_text(const Spec& spec, const Json& about) {
  std::ostringstream text;
  text << to_json(spec) << "\n";
  text << "values [B, T, " << about["width"] << "]\n";
  for (const Json& column : about["columns"]) {
    const auto begin = column["offset"].get<std::int64_t>();
    text << "  " << column["name"].get<std::string>() << "  [" << begin << ", "
         << begin + column["width"].get<std::int64_t>() << ")\n";
  }
  text << "parse spec\n";
  for (const auto& [key, dtype] : about["parse_spec"].items()) {
    text << "  " << key << "  " << dtype.get<std::string>() << ", variable length\n";
  }
  text << "tables\n";
  for (const Json& table : about["tables"]) {
    text << "  " << table["name"].get<std::string>() << "  F32 [" << table["shape"][0] << ", "
         << table["shape"][1] << "]  " << table["bytes"] << " bytes\n";
  }
  if (about["tables"].empty()) text << "  none\n";
  return text.str();
}

}  // namespace

void add_spec(CLI::App& app, Globals& globals) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("spec", "Checks a spec and says what it means");
  command->add_option("SPEC", *file, "Columns as JSON; - is standard input")->required();
  command->callback([file, &globals] {
    const Spec spec = run::read_spec(*file);
    const Json about = describe(spec);
    print(globals.json ? about.dump() + "\n" : as_text(spec, about));
  });
}

}  // namespace seqfeat::cli
