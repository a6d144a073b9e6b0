// SPDX-License-Identifier: Apache-2.0
// Specs and layers as Python objects.

#include "layer.hpp"

#include <optional>
#include <utility>

#include "outputs.hpp"

namespace seqfeat::python {
namespace {

seqfeat_packed_capacity packed_capacity(const PackedCapacity& capacity) {
  const auto& [rows, steps, values, bytes] = capacity;
  return {rows, steps, values, bytes};
}

/// Flat rows of numbers in the steps of their column.
Ragged in_steps(const Ragged& flat, const Feature& feature) {
  seqfeat_ragged* made = nullptr;
  check(seqfeat_ragged_steps_of_numbers(&flat.view, feature.numbers, feature.key.c_str(), &made));
  const auto held = shared<seqfeat_ragged, seqfeat_ragged_free>(made);
  using Both = std::pair<Owner, Owner>;
  return {std::make_shared<Both>(flat.owner, held), seqfeat_ragged_get(made), flat.read_only};
}

bool is_nested(const Input& input, const std::string& key) {
  for (std::size_t i = 0; i < input.keys.size(); ++i) {
    if (key == input.keys[i]) return input.batches[i].nested();
  }
  return true;
}

}  // namespace

Spec::Spec(const std::string& json) {
  seqfeat_spec* spec = nullptr;
  check(seqfeat_spec_from_json(json.data(), json.size(), &spec));
  handle = shared<seqfeat_spec, seqfeat_spec_free>(spec);
}

std::string Spec::json() const {
  std::size_t size = 0;
  const char* text = seqfeat_spec_json(handle.get(), &size);
  return {text, size};
}

nb::dict Spec::features() const {
  nb::dict features;
  for (std::int64_t i = 0; i < seqfeat_spec_feature_count(handle.get()); ++i) {
    features[seqfeat_spec_feature_key(handle.get(), i)] =
        dtype_name(seqfeat_spec_feature_dtype(handle.get(), i));
  }
  return features;
}

Layer::Use::Use(const Layer& layer) : layer_(layer) {
  layer_.forget_the_parents_threads();
  if (layer_.changing_) raise("InvalidArgument", "layer: another thread changes its tables");
  ++layer_.users_;
}

Layer::Change::Change(const Layer& layer) : layer_(layer) {
  layer_.forget_the_parents_threads();
  if (layer_.changing_ || layer_.users_ > 0) {
    raise("InvalidArgument",
          "layer: another thread uses it; change its tables before or after that");
  }
  layer_.changing_ = true;
}

/// In a forked child, which has none of the threads that were in calls.
void Layer::forget_the_parents_threads() const {
  if (process_ == getpid()) return;
  process_ = getpid();
  users_ = 0;
  changing_ = false;
}

Layer::Layer(const Spec& spec, const std::string& backend) {
  seqfeat_backend* opened = nullptr;
  without_gil([&] { return seqfeat_backend_open(backend.c_str(), nullptr, &opened); });
  const auto held = shared<seqfeat_backend, seqfeat_backend_free>(opened);
  backend_ = seqfeat_backend_name(opened);
  if (seqfeat_backend_on_device(opened) != 0) device_ = std::stoi(backend_.substr(5));
  seqfeat_layer* layer = nullptr;
  without_gil([&] { return seqfeat_layer_new(spec.handle.get(), opened, &layer); });
  handle_ = shared<seqfeat_layer, seqfeat_layer_free>(layer);
  for (std::int64_t i = 0; i < seqfeat_spec_feature_count(spec.handle.get()); ++i) {
    const char* key = seqfeat_spec_feature_key(spec.handle.get(), i);
    features_.push_back({key, nb::str(key), seqfeat_spec_feature_dtype(spec.handle.get(), i)});
  }
  for (std::int64_t i = 0; i < seqfeat_layer_column_count(layer); ++i) {
    const seqfeat_slice column = seqfeat_layer_column(layer, i);
    if (column.rows != 0) continue;
    for (Feature& feature : features_) {
      if (feature.key == column.key) feature.numbers = column.width;
    }
  }
}

nb::list Layer::columns() const {
  nb::list columns;
  for (std::int64_t i = 0; i < seqfeat_layer_column_count(handle_.get()); ++i) {
    const seqfeat_slice s = seqfeat_layer_column(handle_.get(), i);
    const char* const table = seqfeat_layer_column_table(handle_.get(), i);
    columns.append(nb::make_tuple(s.name, s.key, s.offset, s.width, s.rows, s.has_table != 0,
                                  s.trainable != 0, table));
  }
  return columns;
}

nb::tuple Layer::run(const nb::dict& features, nb::handle convert) {
  const Input input = read(features, convert);
  const auto batch = compute(input, SEQFEAT_EMIT_VALUES | SEQFEAT_EMIT_MASK);
  const seqfeat_outputs outputs = seqfeat_batch_outputs(batch.get());
  const seqfeat_sizes sizes = seqfeat_batch_sizes(batch.get());
  const auto b = static_cast<std::size_t>(sizes.rows);
  const auto t = static_cast<std::size_t>(sizes.padded_steps);
  const auto d = static_cast<std::size_t>(width());
  return nb::make_tuple(
      output(static_cast<const float*>(outputs.values), {b, t, d}, batch, device_, "float32"),
      output(outputs.lengths, {b}, batch, device_, "int64"),
      output(reinterpret_cast<const bool*>(outputs.mask), {b, t}, batch, device_, "bool"));
}

nb::dict Layer::ids(const nb::dict& features, nb::handle convert) {
  const Input input = read(features, convert);
  const auto batch = compute(input, SEQFEAT_EMIT_IDS);
  nb::dict ids;
  for (std::int64_t i = 0; i < seqfeat_layer_column_count(handle_.get()); ++i) {
    const seqfeat_slice column = seqfeat_layer_column(handle_.get(), i);
    if (column.rows == 0) continue;  // numeric
    Ragged ragged{batch, seqfeat_batch_ids(batch.get(), i)};
    if (!is_nested(input, column.key)) ragged.view.step_offsets = {};
    ids[column.name] = ragged;
  }
  return ids;
}

nb::tuple Layer::table(const std::string& name) const {
  const Use use(*this);
  const seqfeat_table table = look_up(name.c_str());
  return nb::make_tuple(table_array(table, handle_, device_), float_type_name(table.type));
}

nb::dict Layer::copies() const {
  const Use use(*this);
  nb::dict copies;
  for (std::int64_t i = 0; i < seqfeat_layer_column_count(handle_.get()); ++i) {
    const char* const name = seqfeat_layer_column_table(handle_.get(), i);
    if (name == nullptr || copies.contains(name)) continue;
    const seqfeat_table table = look_up(name);
    std::optional<TableCopy> copy;
    {
      const nb::gil_scoped_release release;
      copy.emplace(table);
    }
    copies[name] =
        nb::make_tuple(table_array(copy->table, copy->bytes, device_), float_type_name(table.type));
  }
  return copies;
}

void Layer::set_tables(const std::vector<GivenTable>& tables, bool copy) {
  const Change change(*this);
  const auto set = copy ? seqfeat_layer_copy_table : seqfeat_layer_bind;
  for (const auto& [name, address, rows, dim, pitch, type] : tables) {
    void* const data = reinterpret_cast<void*>(address);  // NOLINT(performance-no-int-to-ptr)
    const seqfeat_table table = {data, rows, dim, pitch, float_type_of(type)};
    const char* const called = name.c_str();
    without_gil([&] { return set(handle_.get(), called, &table); });
  }
}

void Layer::load_tables(const std::string& path) {
  const Change change(*this);
  without_gil([&] { return seqfeat_layer_load_tables(handle_.get(), path.c_str()); });
}

void Layer::save_tables(const std::string& path) const {
  const Use use(*this);
  without_gil([&] { return seqfeat_layer_save_tables(handle_.get(), path.c_str()); });
}

Input Layer::read(const nb::dict& features, nb::handle convert) const {
  Input input;
  input.batches.reserve(features_.size());
  for (const Feature& feature : features_) {
    PyObject* const found = PyDict_GetItemWithError(features.ptr(), feature.name.ptr());
    if (found == nullptr) {
      if (PyErr_Occurred() != nullptr) throw nb::python_error();
      continue;
    }
    if (PyList_CheckExact(found)) {
      input.batches.push_back(read_rows(found, &feature.dtype, feature.key.c_str()));
    } else {
      const nb::object held = convert(nb::handle(found), dtype_name(feature.dtype), feature.name);
      input.batches.push_back(nb::cast<Ragged>(held));
    }
    if (feature.numbers > 1 && is_float(input.batches.back().view.values.dtype)) {
      input.batches.back() = in_steps(input.batches.back(), feature);
    }
    input.keys.push_back(feature.key.c_str());
    input.views.push_back(input.batches.back().view);
  }
  return input;
}

std::int64_t Layer::packed_bytes(const PackedCapacity& capacity) const {
  const seqfeat_packed_capacity most = packed_capacity(capacity);
  std::int64_t bytes = 0;
  without_gil([&] { return seqfeat_packed_bytes(handle_.get(), &most, &bytes); });
  return bytes;
}

std::pair<std::int64_t, std::int64_t> Layer::pack(const nb::dict& features, nb::handle convert,
                                                  const PackedCapacity& capacity,
                                                  std::int64_t shards,
                                                  std::uintptr_t address) const {
  const Input input = read(features, convert);
  const seqfeat_features views = input.features();
  const seqfeat_packed_capacity most = packed_capacity(capacity);
  seqfeat_sizes sizes = {};
  void* const to = pointer_to<void>(address);
  without_gil(
      [&] { return seqfeat_layer_pack_batch(handle_.get(), &views, &most, shards, to, &sizes); });
  return {sizes.rows, sizes.padded_steps};
}

seqfeat_table Layer::look_up(const char* name) const {
  seqfeat_table table = {};
  without_gil([&] { return seqfeat_layer_table(handle_.get(), name, &table); });
  return table;
}

std::shared_ptr<seqfeat_batch> Layer::compute(const Input& input, int emit) {
  const Use use(*this);
  const seqfeat_features features = input.features();
  seqfeat_batch* batch = nullptr;
  without_gil([&] { return seqfeat_layer_run(handle_.get(), &features, emit, &batch); });
  return shared<seqfeat_batch, seqfeat_batch_free>(batch);
}

void bind_layer(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Spec>(module, "Spec", "Columns and options, checked.")
      .def(nb::init<const std::string&>(), "json"_a)
      .def_prop_ro("json", &Spec::json)
      .def_prop_ro("features", &Spec::features);
  module.def(
      "check_column",
      [](const std::string& json) { check(seqfeat_column_check(json.data(), json.size())); },
      "json"_a);
  nb::class_<Layer>(module, "Layer", "A layer.")
      .def(nb::init<const Spec&, const std::string&>(), "spec"_a, "backend"_a)
      .def_prop_ro("backend", &Layer::backend)
      .def_prop_ro("width", &Layer::width)
      .def_prop_ro("columns", &Layer::columns)
      .def("run", &Layer::run, "features"_a, "convert"_a)
      .def("ids", &Layer::ids, "features"_a, "convert"_a)
      .def("packed_bytes", &Layer::packed_bytes, "capacity"_a)
      .def("pack", &Layer::pack, "features"_a, "convert"_a, "capacity"_a, "shards"_a, "address"_a)
      .def("table", &Layer::table, "name"_a)
      .def("copies", &Layer::copies)
      .def("set_tables", &Layer::set_tables, "tables"_a, "copy"_a)
      .def("load_tables", &Layer::load_tables, "path"_a)
      .def("save_tables", &Layer::save_tables, "path"_a);
}

}  // namespace seqfeat::python
