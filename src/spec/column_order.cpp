// SPDX-License-Identifier: Apache-2.0
#include "spec/column_order.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "seqfeat/error.hpp"

namespace seqfeat {

void sort_by_name(std::vector<Column>& columns) {
  std::stable_sort(columns.begin(), columns.end(),
                   [](const Column& a, const Column& b) { return name_of(a) < name_of(b); });
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
