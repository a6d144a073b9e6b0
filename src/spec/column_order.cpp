// SPDX-License-Identifier: Apache-2.0
#include "spec/column_order.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "seqfeat/error.hpp"

namespace seqfeat {

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

}  // namespace seqfeat
