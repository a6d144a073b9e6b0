// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backend/concat.hpp"
#include "backend/sizes.hpp"
#include "cli/app.hpp"
#include "cli/output.hpp"
#include "run/options.hpp"
#include "seqfeat/column.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/layer.hpp"
#include "seqfeat/spec_json.hpp"
#include "spec/column_order.hpp"

namespace seqfeat::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Table {
  std::string name;
  std::int64_t rows;
  std::int64_t dimension;
  std::int64_t bytes;
};

/// What a spec means. Columns and slices are in the order of their full names, tables in
/// that of their first columns.
struct Meaning {
  std::string canonical;
  std::vector<Slice> slices;
  std::int64_t width = 0;
  ParseSpec parse_spec;
  std::vector<Table> tables;
};

Table table_of(const EmbeddingColumn& column) {
  const std::int64_t rows = column.categorical().rows();
  const auto bytes = detail::product({rows, column.dimension(), 4});
  if (!bytes) {
    throw InvalidArgument(detail::concat(
        "column ", column.name(), ": got a table of [", rows, ", ", column.dimension(),
        "] floats, whose bytes overflow int64; use fewer buckets"));
  }
  return {column.table(), rows, column.dimension(), *bytes};
}

Meaning meaning_of(Spec spec) {
  sort_by_name(spec.columns);
  Meaning meaning{.canonical = to_json(spec),
                  .slices = {},
                  .width = 0,
                  .parse_spec = make_parse_example_spec(spec.columns),
                  .tables = {}};
  std::set<std::string> named;  // each table once
  for (const Column& column : spec.columns) {
    const std::int64_t width = width_of(column);
    meaning.slices.push_back({name_of(column), meaning.width, width});
    if (__builtin_add_overflow(meaning.width, width, &meaning.width)) {
      throw InvalidArgument("columns: got widths whose sum overflows int64");
    }
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding != nullptr && named.insert(embedding->table()).second) {
      meaning.tables.push_back(table_of(*embedding));
    }
  }
  return meaning;
}

/// The canonical text in one line. It has line breaks between values only.
std::string in_one_line(const std::string& canonical) {
  std::string line;
  std::size_t at = 0;
  for (std::size_t end; (end = canonical.find('\n', at)) != std::string::npos;) {
    line.append(canonical, at, end - at);
    at = std::min(canonical.find_first_not_of(' ', end + 1), canonical.size());
  }
  return line;
}

std::string as_json(const Meaning& meaning) {
  Json columns = Json::array();
  for (const Slice& slice : meaning.slices) {
    columns.push_back({{"name", slice.name}, {"offset", slice.offset}, {"width", slice.width}});
  }
  // Appends, because an assignment would search all keys of an ordered object.
  Json::object_t features;
  for (const auto& [key, dtype] : meaning.parse_spec) features.push_back({key, to_string(dtype)});
  Json tables = Json::array();
  for (const Table& table : meaning.tables) {
    tables.push_back(
        {{"name", table.name}, {"shape", {table.rows, table.dimension}}, {"bytes", table.bytes}});
  }
  // The spec is inserted as text, because parsing it would take longer than all the rest.
  return detail::concat(R"({"schema_version":1,"spec":)", in_one_line(meaning.canonical),
                        R"(,"columns":)", columns.dump(), R"(,"width":)", meaning.width,
                        R"(,"parse_spec":)", Json(std::move(features)).dump(), R"(,"tables":)",
                        tables.dump(), "}\n");
}

std::string as_text(const Meaning& meaning) {
  std::ostringstream text;
  text << meaning.canonical << "\n";
  text << "values [B, T, " << meaning.width << "]\n";
  for (const Slice& slice : meaning.slices) {
    text << "  " << slice.name << "  [" << slice.offset << ", " << slice.offset + slice.width
         << ")\n";
  }
  text << "parse spec\n";
  for (const auto& [key, dtype] : meaning.parse_spec) {
    text << "  " << key << "  " << to_string(dtype) << ", variable length\n";
  }
  text << "tables\n";
  for (const Table& table : meaning.tables) {
    text << "  " << table.name << "  F32 [" << table.rows << ", " << table.dimension << "]  "
         << table.bytes << " bytes\n";
  }
  if (meaning.tables.empty()) text << "  none\n";
  return text.str();
}

}  // namespace

void add_spec(CLI::App& app, Globals& globals) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("spec", "Checks a spec and says what it means");
  command->add_option("SPEC", *file, "Columns as JSON; - is standard input")->required();
  command->callback([file, &globals] {
    const Meaning meaning = meaning_of(run::read_spec(*file));
    print(globals.json ? as_json(meaning) : as_text(meaning));
  });
}

}  // namespace seqfeat::cli
