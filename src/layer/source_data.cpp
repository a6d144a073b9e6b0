// SPDX-License-Identifier: Apache-2.0
#include "layer/source_data.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "backend/ops.hpp"
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

/// A cross: whose it is, and which features it crosses.
Buffer data_of(const CategoricalColumn& column, const std::vector<std::size_t>& operands) {
  const std::size_t bytes = sizeof(Cross) + operands.size() * sizeof(std::int32_t);
  Buffer memory(host_memory_resource(), static_cast<std::int64_t>(bytes), kHostStream);
  auto* cross = new (memory.data())
      Cross{column.content().hash_key, static_cast<std::int64_t>(operands.size())};
  std::transform(operands.begin(), operands.end(), reinterpret_cast<std::int32_t*>(cross + 1),
                 [](std::size_t feature) { return static_cast<std::int32_t>(feature); });
  return memory;
}

/// Points `source` to the data that `make` makes, unless it is there.
template <class Make>
void give(std::vector<SourceData>& made, const CategoricalColumn& column, IdSource& source,
          const Make& make) {
  auto found = std::find_if(made.begin(), made.end(),
                            [&](const SourceData& data) { return same_data(data.column, column); });
  if (found == made.end()) {
    Buffer memory = make();
    if (memory.size_bytes() == 0) return;
    found = made.insert(made.end(), {column, std::move(memory)});
  }
  source.data = found->memory.template as<unsigned char>();
  source.data_bytes = found->memory.size_bytes();
}

}  // namespace

void give_data(std::vector<SourceData>& made, const CategoricalColumn& column, IdSource& source) {
  give(made, column, source, [&] { return data_of(column); });
}

void give_operands(std::vector<SourceData>& made, const CategoricalColumn& column,
                   const std::vector<std::size_t>& operands, IdSource& source) {
  give(made, column, source, [&] { return data_of(column, operands); });
}

}  // namespace seqfeat::detail
