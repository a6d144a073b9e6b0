// SPDX-License-Identifier: Apache-2.0
#include "layer/source_data.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "table/vocabulary_table.hpp"

namespace seqfeat::detail {
namespace {

/// True if both look into the same, so that one copy will do.
bool same_data(const CategoricalColumn& a, const CategoricalColumn& b) {
  return a.dtype() == b.dtype() && a.source().words == b.source().words &&
         (&a.content() == &b.content() || a.content() == b.content());
}

/// The data of a column; nothing for a source that looks into nothing.
Buffer data_of(const CategoricalColumn& column) {
  if (column.source().kind == IdKind::vocabulary) return make_vocabulary_table(column);
  const std::string& text = column.content().mask_value;
  Buffer memory(host_memory_resource(), static_cast<std::int64_t>(text.size()), kHostStream);
  if (!text.empty()) std::memcpy(memory.data(), text.data(), text.size());
  return memory;
}

}  // namespace

void give_data(std::vector<SourceData>& made, const CategoricalColumn& column, IdSource& source) {
  auto found = std::find_if(made.begin(), made.end(),
                            [&](const SourceData& data) { return same_data(data.column, column); });
  if (found == made.end()) {
    Buffer memory = data_of(column);
    if (memory.size_bytes() == 0) return;
    found = made.insert(made.end(), {column, std::move(memory)});
  }
  source.data = found->memory.as<unsigned char>();
  source.data_bytes = found->memory.size_bytes();
}

}  // namespace seqfeat::detail
