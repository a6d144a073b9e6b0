// SPDX-License-Identifier: Apache-2.0
// A layer's columns and tables. run.cpp runs it.
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <variant>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/handles.hpp"
#include "seqfeat/table.hpp"

using seqfeat::Column;
using seqfeat::EmbeddingColumn;
using seqfeat::EmbeddingTable;
using seqfeat::TableView;
using seqfeat::abi::guarded;
using seqfeat::abi::require;

namespace seqfeat::abi {
namespace {

/// Calls `use` with every table of a layer: its name, and the first embedding over it.
template <class Use>
void for_each_table(const SequenceFeatures& layer, const Use& use) {
  std::set<std::string> named;
  for (const Column& column : layer.columns()) {
    const auto* embedding = std::get_if<EmbeddingColumn>(&column);
    if (embedding == nullptr) continue;
    const auto [name, is_new] = named.insert(embedding->table());
    if (is_new) use(*name, *embedding);
  }
}

/// Copies the rows of `from` to `to`, which has its type and no gaps.
void copy_rows(const TableView& from, EmbeddingTable& to) {
  const std::int64_t row_bytes = from.dim * size_of(from.type);
  const std::int64_t stride = from.stride() * size_of(from.type);
  const auto* source = static_cast<const std::byte*>(from.data);
  auto* target = static_cast<std::byte*>(to.elements());
  for (std::int64_t row = 0; row < from.rows; ++row) {
    std::memmove(target + row * row_bytes, source + row * stride,
                 static_cast<std::size_t>(row_bytes));
  }
}

/// Copies `table` into memory of the layer's own: the memory that it has for this table and type
/// already, if any. Then whoever looks at that memory sees the new rows.
void copy_table(seqfeat_layer& handle, const std::string& name, const TableView& table) {
  if (handle.backend.backend.on_device()) {
    handle.layer.bind(name, table);  // copies what is on the host
    handle.bound[name] = true;
    return;
  }
  // Memory comes first: if there is none, the layer must not be left with the caller's table.
  const std::pair key(name, table.type);
  seqfeat_layer::OwnedTables fresh;
  if (!handle.owned.contains(key)) {
    fresh.emplace(key, EmbeddingTable(table.rows, table.dim, table.type));
  }
  handle.layer.bind(name, table);  // checks it
  handle.owned.merge(fresh);
  EmbeddingTable& own = handle.owned.at(key);
  copy_rows(table, own);
  handle.layer.bind(name, own.view());
  handle.bound[name] = true;
}

/// A copy on the host of a table that is on a device.
EmbeddingTable on_host(const Backend& backend, const TableView& table) {
  EmbeddingTable copy(table.rows, table.dim, table.type);
  const std::int64_t row_bytes = table.dim * size_of(table.type);
  const std::int64_t stride = table.stride() * size_of(table.type);
  for (std::int64_t row = 0; row < table.rows; ++row) {
    backend.copy(static_cast<std::byte*>(copy.elements()) + row * row_bytes,
                 static_cast<const std::byte*>(table.data) + row * stride, row_bytes, kHostStream);
  }
  backend.synchronize(kHostStream);
  return copy;
}

void save_tables(const seqfeat_layer& handle, const std::filesystem::path& path) {
  std::map<std::string, TableView> views;
  std::vector<EmbeddingTable> copies;
  for_each_table(handle.layer, [&](const std::string& name, const EmbeddingColumn&) {
    TableView view = handle.layer.table(name);
    if (handle.backend.backend.on_device()) {
      copies.push_back(on_host(handle.backend.backend, view));
      view = copies.back().view();
    }
    views.emplace(name, view);
  });
  seqfeat::save_tables(path, views);
}

}  // namespace
}  // namespace seqfeat::abi

void seqfeat_layer::prepare() const {
  backend.require_usable();
  if (backend.backend.on_device() || complete) return;  // on a device the layer makes the tables
  const std::lock_guard lock(mutex);
  if (complete) return;
  seqfeat::abi::for_each_table(layer, [&](const std::string& name, const EmbeddingColumn& column) {
    if (bound.contains(name)) return;
    EmbeddingTable table = EmbeddingTable::initialized(column);
    const auto made = owned.try_emplace({name, table.type()}, std::move(table)).first;
    layer.bind(name, made->second.view());
  });
  complete = true;
}

seqfeat_status seqfeat_layer_new(const seqfeat_spec* spec, const seqfeat_backend* backend,
                                 seqfeat_layer** out) {
  return guarded([&] {
    require(spec, "spec");
    require(backend, "backend");
    require(out, "out");
    backend->require_usable();
    *out = new seqfeat_layer(spec->spec, *backend);
  });
}

void seqfeat_layer_free(seqfeat_layer* layer) {
  delete layer;
}

int64_t seqfeat_layer_width(const seqfeat_layer* layer) {
  return layer->layer.dim();
}

int64_t seqfeat_layer_column_count(const seqfeat_layer* layer) {
  return static_cast<int64_t>(layer->layer.columns().size());
}

seqfeat_slice seqfeat_layer_column(const seqfeat_layer* layer, int64_t index) {
  const auto i = static_cast<std::size_t>(index);
  const Column& column = layer->layer.columns()[i];
  const seqfeat::Slice& slice = layer->layer.slices()[i];
  const seqfeat::CategoricalColumn* categorical = find_categorical(column);
  const auto* embedding = std::get_if<EmbeddingColumn>(&column);
  return {slice.name.c_str(),
          features_of(column).size() == 1 ? key_of(column).c_str() : "",
          slice.offset,
          slice.width,
          categorical != nullptr ? categorical->rows() : 0,
          embedding != nullptr ? 1 : 0,
          embedding != nullptr && embedding->options().trainable ? 1 : 0};
}

const char* seqfeat_layer_column_table(const seqfeat_layer* layer, int64_t index) {
  const Column& column = layer->layer.columns()[static_cast<std::size_t>(index)];
  const auto* embedding = std::get_if<EmbeddingColumn>(&column);
  if (embedding == nullptr) return nullptr;
  const auto& shared = embedding->shared_table();
  return shared ? shared->c_str() : seqfeat_layer_column(layer, index).name;
}

seqfeat_status seqfeat_layer_table(const seqfeat_layer* layer, const char* name,
                                   seqfeat_table* out) {
  return guarded([&] {
    require(layer, "layer");
    require(name, "name");
    require(out, "out");
    layer->prepare();
    const TableView view = layer->layer.table(name);
    *out = {const_cast<void*>(view.data), view.rows, view.dim, view.stride(),
            static_cast<seqfeat_float_type>(view.type)};
  });
}

seqfeat_status seqfeat_layer_bind(seqfeat_layer* layer, const char* name,
                                  const seqfeat_table* table) {
  return guarded([&] {
    require(layer, "layer");
    require(name, "name");
    layer->backend.require_usable();
    layer->layer.bind(name, seqfeat::abi::to_table(table));
    layer->bound[name] = true;
  });
}

seqfeat_status seqfeat_layer_copy_table(seqfeat_layer* layer, const char* name,
                                        const seqfeat_table* table) {
  return guarded([&] {
    require(layer, "layer");
    require(name, "name");
    layer->backend.require_usable();
    seqfeat::abi::copy_table(*layer, name, seqfeat::abi::to_table(table));
  });
}

seqfeat_status seqfeat_layer_load_tables(seqfeat_layer* layer, const char* path) {
  return guarded([&] {
    require(layer, "layer");
    require(path, "path");
    layer->backend.require_usable();
    // All are opened and checked before any is copied.
    std::map<std::string, EmbeddingTable> tables;
    seqfeat::abi::for_each_table(
        layer->layer, [&](const std::string& name, const EmbeddingColumn& column) {
          const auto& table = tables.emplace(name, seqfeat::load_table(path, name)).first->second;
          const std::int64_t rows = column.categorical().rows();
          if (table.rows() == rows && table.dim() == column.dimension()) return;
          throw seqfeat::InvalidArgument(seqfeat::detail::concat(
              path, ": table '", name, "': got [", table.rows(), ", ", table.dim(), "], expected [",
              rows, ", ", column.dimension(), "]"));
        });
    for (const auto& [name, table] : tables) {
      seqfeat::abi::copy_table(*layer, name, table.view());
    }
  });
}

seqfeat_status seqfeat_layer_save_tables(const seqfeat_layer* layer, const char* path) {
  return guarded([&] {
    require(layer, "layer");
    require(path, "path");
    layer->prepare();
    seqfeat::abi::save_tables(*layer, path);
  });
}
