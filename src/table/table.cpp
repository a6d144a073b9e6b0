// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/table.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "backend/concat.hpp"
#include "backend/host_memory.hpp"
#include "backend/sizes.hpp"
#include "seqfeat/error.hpp"
#include "table/stoppable.hpp"
#include "table/truncated_normal.hpp"

namespace seqfeat {
namespace {

using detail::concat;

std::int64_t bytes_of(std::int64_t rows, std::int64_t dim, FloatType type,
                      const std::string& what) {
  if (rows < 1 || dim < 1) {
    throw InvalidArgument(concat(what, ": rows and dim must be >= 1, got [", rows, ", ", dim, "]"));
  }
  const auto bytes = detail::product({rows, dim, size_of(type)});
  if (bytes) return *bytes;
  throw InvalidArgument(concat(what, ": [", rows, ", ", dim, "] of ", to_string(type),
                               " are more bytes than an int64 can count"));
}

/// Zeros from the system. Pages that are never touched take no memory.
EmbeddingTable zero_table(std::int64_t rows, std::int64_t dim, FloatType type,
                          const std::string& what) {
  const std::int64_t bytes = bytes_of(rows, dim, type, what);
  const std::string sized = concat(what, " [", rows, ", ", dim, "] of ", to_string(type));
  detail::require_host_memory(bytes, sized);
  const auto size = static_cast<std::size_t>(bytes);
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    throw OutOfMemory(concat(sized, ": the system refused ", bytes, " bytes"), bytes);
  }
  detail::prefer_huge_pages(memory, bytes);
  std::shared_ptr<void> keeper(memory, [size](void* begin) { ::munmap(begin, size); });
  return {rows, dim, memory, std::move(keeper), type};
}

}  // namespace

EmbeddingTable::EmbeddingTable(std::int64_t rows, std::int64_t dim, FloatType type)
    : EmbeddingTable(zero_table(rows, dim, type, "table")) {}

EmbeddingTable::EmbeddingTable(std::int64_t rows, std::int64_t dim, void* data,
                               std::shared_ptr<void> keeper, FloatType type)
    : rows_(rows), dim_(dim), type_(type), data_(data), keeper_(std::move(keeper)) {
  static_cast<void>(bytes_of(rows, dim, type, "table"));
  if (data == nullptr) throw InvalidArgument("table: data must not be null");
}

EmbeddingTable EmbeddingTable::initialized(const EmbeddingColumn& column) {
  return *detail::initialized_table(column, {});
}

std::optional<EmbeddingTable> detail::initialized_table(const EmbeddingColumn& column,
                                                        const std::stop_token& stop) {
  const std::string name = column.table();
  EmbeddingTable table = zero_table(column.categorical().rows(), column.dimension(),
                                    FloatType::float32, "table '" + name + "'");
  const TruncatedNormalTable values(column.options().initializer, column.dimension(), name);
  // Looks at the token about every millisecond, whatever the dimension.
  constexpr std::int64_t kBlock = 65536;
  std::int64_t since = 0;
  for (std::int64_t row = 0; row < table.rows(); ++row) {
    for (std::int64_t d = 0; d < table.dim(); d += kBlock) {
      const std::int64_t count = std::min(kBlock, table.dim() - d);
      values.fill(row, d, {table.data() + row * table.dim() + d, static_cast<std::size_t>(count)});
      since += count;
      if (since < kBlock) continue;
      if (stop.stop_requested()) return std::nullopt;
      since = 0;
    }
  }
  return table;
}

float* EmbeddingTable::floats() const {
  if (type_ == FloatType::float32) return static_cast<float*>(data_);
  throw InvalidArgument(concat("table: its elements are ", to_string(type_),
                               ", expected float32; see elements() and type()"));
}

}  // namespace seqfeat
