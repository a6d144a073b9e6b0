// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "backend/sizes.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "seqfeat/table.hpp"
#include "spec/near_names.hpp"
#include "table/safetensors_types.hpp"

// Tables as tensors of safetensors files.

namespace seqfeat {
namespace {

const TensorView& tensor_of(const SafetensorsFile& opened, const std::string& file,
                            std::string_view name) {
  const auto found = opened.tensors().find(name);
  if (found != opened.tensors().end()) return found->second;
  std::vector<std::string_view> known;
  for (const auto& [other, tensor] : opened.tensors()) known.push_back(other);
  throw InvalidArgument(file + ": no tensor '" + std::string(name) + "' among its " +
                        std::to_string(known.size()) + did_you_mean(name, known));
}

void check_view(const std::string& name, const TableView& table) {
  const bool usable =
      table.data != nullptr && table.rows >= 1 && table.dim >= 1 && table.stride() >= table.dim;
  if (usable && detail::product({table.rows, table.stride(), std::int64_t{sizeof(float)}})) return;
  throw InvalidArgument(
      "table '" + name +
      "': needs data, rows >= 1, dim >= 1 and a pitch of 0 or at least dim, got " +
      (table.data == nullptr ? "no data, " : "") + std::to_string(table.rows) + " rows, dim " +
      std::to_string(table.dim) + ", pitch " + std::to_string(table.pitch));
}

/// The same rows without gaps.
EmbeddingTable packed(const TableView& table) {
  EmbeddingTable out(table.rows, table.dim);
  for (std::int64_t row = 0; row < table.rows; ++row) {
    std::copy_n(table.data + row * table.stride(), table.dim, out.data() + row * table.dim);
  }
  return out;
}

}  // namespace

EmbeddingTable load_table(const std::filesystem::path& file, std::string_view name) {
  const SafetensorsFile opened(file);
  const TensorView& tensor = tensor_of(opened, file.string(), name);
  if (tensor.dtype != "F32" || tensor.shape.size() != 2 || tensor.data.empty()) {
    throw DataError(file.string() + ": tensor '" + std::string(name) + "': got " +
                    describe_tensor(tensor.dtype, tensor.shape) +
                    ", expected F32 [rows, dim] with rows and dim >= 1");
  }
  const std::int64_t rows = tensor.shape[0];
  const std::int64_t dim = tensor.shape[1];
  if (reinterpret_cast<std::uintptr_t>(tensor.data.data()) % alignof(float) != 0) {
    EmbeddingTable copy(rows, dim);
    std::memcpy(copy.data(), tensor.data.data(), tensor.data.size());
    return copy;
  }
  // The mapping is private: whoever writes to the table changes this memory and not the file.
  auto* data = reinterpret_cast<float*>(const_cast<std::byte*>(tensor.data.data()));
  return {rows, dim, data, opened.keeper()};
}

void save_tables(const std::filesystem::path& file,
                 const std::map<std::string, TableView>& tables) {
  std::vector<EmbeddingTable> copies;  // of tables with gaps between their rows
  std::vector<std::pair<std::string, TensorView>> tensors;
  for (const auto& [name, table] : tables) {
    check_view(name, table);
    const float* data = table.data;
    if (table.stride() != table.dim) data = copies.emplace_back(packed(table)).data();
    const auto count = static_cast<std::size_t>(table.rows * table.dim);
    tensors.push_back(
        {name, {"F32", {table.rows, table.dim}, std::as_bytes(std::span(data, count))}});
  }
  write_safetensors(file, tensors, {});
}

}  // namespace seqfeat
