// SPDX-License-Identifier: Apache-2.0
#include "spec/column_order.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "spec/json_text.hpp"

namespace seqfeat {
namespace {

using detail::concat;

std::string shown(const std::optional<double>& number, std::string_view otherwise) {
  return number ? json_number(*number) : std::string(otherwise);
}

/// What all columns of a shared table say alike, as names and text.
std::vector<std::pair<std::string_view, std::string>> shared_parts(const EmbeddingColumn& column) {
  const TruncatedNormal& initializer = column.options().initializer;
  return {{"rows", std::to_string(column.categorical().rows())},
          {"dimension", std::to_string(column.dimension())},
          {"dtype", std::string(to_string(column.categorical().dtype()))},
          {"initializer",
           concat("mean ", json_number(initializer.mean), ", stddev ",
                  shown(initializer.stddev, "1/sqrt(dimension)"), ", seed ", initializer.seed)},
          {"max_norm", shown(column.options().max_norm, "null")},
          {"trainable", column.options().trainable ? "true" : "false"}};
}

void check_agree(const EmbeddingColumn& first, const EmbeddingColumn& other) {
  const std::string of =
      concat("table '", first.table(), "': columns '", first.name(), "' and '", other.name(), "' ");
  if (!first.shared_table() || !other.shared_table()) {
    throw InvalidArgument(concat(of, "both call theirs so, and one of them is an embedding_column ",
                                 "with a table of its own; give the shared table another name"));
  }
  const auto parts = shared_parts(first);
  const auto others = shared_parts(other);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].second == others[i].second) continue;
    throw InvalidArgument(concat(of, "share it and have to agree: ", parts[i].first, " is ",
                                 parts[i].second, " and ", others[i].second,
                                 "; make them the same, or give them two tables"));
  }
}

}  // namespace

void sort_by_name(std::vector<Column>& columns) {
  // Builds each name once, not for each comparison.
  std::vector<std::pair<std::string, std::size_t>> order;
  order.reserve(columns.size());
  for (const Column& column : columns) order.emplace_back(name_of(column), order.size());
  std::sort(order.begin(), order.end());
  std::vector<Column> sorted;
  sorted.reserve(columns.size());
  for (const auto& [name, place] : order) sorted.push_back(std::move(columns[place]));
  columns = std::move(sorted);
}

void check_names_differ(const std::vector<Column>& columns) {
  std::set<std::string> seen;
  for (const Column& column : columns) {
    const auto [name, is_new] = seen.insert(name_of(column));
    if (!is_new) {
      throw InvalidArgument("columns: two of them are named '" + *name +
                            "'; names must differ, since they name tables and slices");
    }
  }
}

void check_weights_are_read(const std::vector<Column>& columns) {
  for (const Column& column : columns) {
    const auto* bare = std::get_if<CategoricalColumn>(&column);
    if (bare == nullptr || !bare->weighted()) continue;
    throw InvalidArgument(concat("column '", bare->name(), "': got a weighted column by itself, ",
                                 "which gives ids and no weights; embed it, or leave out the ",
                                 "weights '", bare->weight_key(), "'"));
  }
}

void check_tables_agree(const std::vector<Column>& columns) {
  std::map<std::string, const EmbeddingColumn*> first;
  for (const Column& column : columns) {
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding == nullptr) continue;
    const auto [found, is_new] = first.emplace(embedding->table(), embedding);
    if (!is_new) check_agree(*found->second, *embedding);
  }
}

}  // namespace seqfeat
