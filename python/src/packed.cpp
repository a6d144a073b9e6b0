// SPDX-License-Identifier: Apache-2.0
#include "packed.hpp"

#include <algorithm>
#include <climits>
#include <cstring>
#include <utility>

namespace seqfeat::python {
namespace {

constexpr std::int64_t kLine = 64;  // every array begins with a line of the cache

/// Features that were read and measured, and where they go in a block.
class Packed {
 public:
  /// The sizes of a capacity: rows, steps, values, bytes, and T.
  using Capacity = std::optional<std::vector<std::int64_t>>;

  Packed(const Layer& layer, const nb::dict& features, nb::handle convert, const Capacity& capacity,
         std::int64_t multiple)
      : input_(layer.read(features, convert)) {
    const seqfeat_features views = input_.features();
    without_gil([&] { return seqfeat_layer_measure(layer.handle(), &views, &head_.sizes); });
    views_ = input_.views;
    for (std::int64_t i = 0; i < seqfeat_layer_cross_count(layer.handle()); ++i) {
      seqfeat_ragged* steps = nullptr;
      without_gil([&] { return seqfeat_layer_cross(layer.handle(), &views, i, &steps); });
      crosses_.push_back(shared<seqfeat_ragged, seqfeat_ragged_free>(steps));
      views_.push_back(seqfeat_ragged_get(steps));
    }
    head_.version = PackedHead::kVersion;
    head_.rows = head_.sizes.rows;
    head_.steps = head_.sizes.padded_steps;
    head_.features = static_cast<std::int64_t>(views_.size());
    take(static_cast<std::int64_t>(sizeof(PackedHead)) +
         head_.features * static_cast<std::int64_t>(sizeof(PackedFeature)));
    if (capacity) fill(*capacity, multiple);
    for (const seqfeat_ragged_view& view : views_) places_.push_back(place(view));
    head_.bytes = bytes_;
  }

  [[nodiscard]] std::int64_t bytes() const noexcept { return bytes_; }

  /// Writes the block.
  void write(std::uintptr_t address, std::int64_t fingerprint) {
    head_.fingerprint = fingerprint;
    auto* const block = pointer_to<char>(address);
    const nb::gil_scoped_release release;
    std::memset(block, 0, static_cast<std::size_t>(bytes_));  // equal batches are equal blocks
    std::memcpy(block, &head_, sizeof head_);
    std::memcpy(block + sizeof head_, places_.data(), places_.size() * sizeof(PackedFeature));
    for (std::size_t f = 0; f < places_.size(); ++f) copy(places_[f], views_[f], block);
  }

 private:
  /// Makes the batch as large as the capacity.
  void fill(const std::vector<std::int64_t>& capacity, std::int64_t multiple) {
    const auto most = [&](const char* what, std::size_t place, std::int64_t size) {
      const std::int64_t room = capacity.at(place);
      if (size <= room) return room;
      raise("InvalidArgument", std::string("capacity: the batch has ") + what + " " +
                                   std::to_string(size) + ", expected at most " +
                                   std::to_string(room));
    };
    for (const seqfeat_ragged_view& view : views_) {
      const std::int64_t rows = view.row_offsets.count;
      most("steps", 1, rows > 0 ? at(view.row_offsets, rows - 1) : 0);
      most("values", 2, view.values.count);
      if (view.values.dtype == SEQFEAT_STRING) most("bytes", 3, bytes_of(view.values));
    }
    room_ = {.rows = most("rows", 0, head_.rows),
             .steps = capacity[1],
             .values = capacity[2],
             .bytes = capacity[3]};
    most("rows of length", 4, head_.sizes.padded_steps);
    head_.sizes.rows = room_.rows;
    head_.steps = (capacity[4] + multiple - 1) / multiple * multiple;
  }

  /// Takes room for `bytes` and returns where it begins.
  std::int64_t take(std::int64_t bytes) noexcept {
    const std::int64_t at = bytes_;
    bytes_ += (bytes + kLine - 1) / kLine * kLine;
    return at;
  }

  /// Room for offsets: `count`, of `most` that there may be.
  PackedOffsets place(const seqfeat_offsets& offsets, std::int64_t count, std::int64_t most,
                      std::int64_t first, std::int64_t last) noexcept {
    if (offsets.data == nullptr || offsets.count == 0) return {-1, 0, 0};
    last = std::max(last, at(offsets, offsets.count - 1) - first);
    const std::int64_t wide = last > INT32_MAX ? 1 : 0;
    return {take(std::max(most, count) * (wide != 0 ? 8 : 4)), count, wide};
  }

  PackedFeature place(const seqfeat_ragged_view& view) noexcept {
    const seqfeat_values& values = view.values;
    PackedFeature to = {};
    to.dtype = values.dtype;
    to.values_per_step = view.values_per_step;
    to.values = values.count;
    const std::int64_t rows = std::max(view.row_offsets.count, room_.rows + 1);
    to.rows = place(view.row_offsets, rows, rows, 0, room_.steps);
    to.steps = place(view.step_offsets, view.step_offsets.count, room_.steps + 1, 0, room_.values);
    if (values.dtype == SEQFEAT_STRING) {
      to.ends = place(values.byte_offsets, values.count + 1, room_.values + 1, first_byte(values),
                      room_.bytes);
      to.bytes = bytes_of(values);
      to.at = take(std::max(to.bytes, room_.bytes));
    } else {
      to.ends = {-1, 0, 0};
      const bool cross = values.data == nullptr && values.count > 0;  // which has no data
      to.at = take(cross ? 0 : std::max(values.count, room_.values) * dtype_bytes(values.dtype));
    }
    return to;
  }

  static std::int64_t first_byte(const seqfeat_values& values) noexcept {
    return values.byte_offsets.count > 0 ? at(values.byte_offsets, 0) : 0;
  }

  static std::int64_t bytes_of(const seqfeat_values& values) noexcept {
    return values.count > 0 ? at(values.byte_offsets, values.count) - first_byte(values) : 0;
  }

  static void copy(const PackedOffsets& to, const seqfeat_offsets& from, std::int64_t first,
                   char* block) noexcept {
    if (to.count == 0) return;
    char* const target = block + to.at;
    if (first == 0 && from.count == to.count && (from.wide != 0) == (to.wide != 0)) {
      std::memcpy(target, from.data, static_cast<std::size_t>(to.count * (to.wide != 0 ? 8 : 4)));
      return;
    }
    for (std::int64_t i = 0; i < to.count; ++i) {
      const std::int64_t offset = at(from, std::min(i, from.count - 1)) - first;  // empty rows
      if (to.wide != 0) {
        std::memcpy(target + i * 8, &offset, 8);
      } else {
        const auto narrow = static_cast<std::int32_t>(offset);
        std::memcpy(target + i * 4, &narrow, 4);
      }
    }
  }

  static void copy(const PackedFeature& to, const seqfeat_ragged_view& from, char* block) noexcept {
    const seqfeat_values& values = from.values;
    copy(to.rows, from.row_offsets, 0, block);
    copy(to.steps, from.step_offsets, 0, block);
    copy(to.ends, values.byte_offsets, first_byte(values), block);
    const bool strings = values.dtype == SEQFEAT_STRING;
    const std::int64_t bytes = strings ? to.bytes : to.values * dtype_bytes(values.dtype);
    const std::int64_t first = strings ? first_byte(values) : 0;
    if (bytes > 0 && values.data != nullptr) {
      std::memcpy(block + to.at, static_cast<const char*>(values.data) + first,
                  static_cast<std::size_t>(bytes));
    }
  }

  /// What there is to be room for, whatever the batch has.
  struct Room {
    std::int64_t rows = -1;
    std::int64_t steps = -1;
    std::int64_t values = -1;
    std::int64_t bytes = -1;
  };

  Input input_;
  std::vector<Owner> crosses_;              // Steps of crosses, which stand behind the features,
  std::vector<seqfeat_ragged_view> views_;  // all in the order of the block.
  Room room_;
  PackedHead head_ = {};
  std::vector<PackedFeature> places_;
  std::int64_t bytes_ = 0;
};

seqfeat_offsets offsets_at(const PackedOffsets& from, const char* block) noexcept {
  return {from.count > 0 ? block + from.at : nullptr, from.count, static_cast<int>(from.wide)};
}

}  // namespace

PackedInput::PackedInput(const Layer& layer, const PackedHead& head, const char* block,
                         bool on_device) {
  for (const Feature& feature : layer.features()) keys.push_back(feature.key.c_str());
  for (std::int64_t i = 0; i < seqfeat_layer_cross_count(layer.handle()); ++i) {
    keys.push_back(seqfeat_layer_cross_key(layer.handle(), i));
  }
  views.reserve(keys.size());
  for (std::size_t f = 0; f < keys.size(); ++f) {
    const PackedFeature& from = *head.feature(static_cast<std::int64_t>(f));
    seqfeat_ragged_view view = {};
    view.row_offsets = offsets_at(from.rows, block);
    view.step_offsets = offsets_at(from.steps, block);
    view.values = {offsets_at(from.ends, block), block + from.at, from.values, from.bytes,
                   static_cast<seqfeat_dtype>(from.dtype)};
    view.values_per_step = from.values_per_step;
    view.on_device = on_device ? 1 : 0;
    view.trusted = 1;  // it was checked when it was packed
    views.push_back(view);
  }
}

void bind_packed(nb::module_& module) {
  using namespace nb::literals;
  nb::class_<Packed>(module, "Packed", "A batch on its way into one block of memory.")
      .def(nb::init<const Layer&, const nb::dict&, nb::handle, const Packed::Capacity&,
                    std::int64_t>(),
           "layer"_a, "features"_a, "convert"_a, "capacity"_a.none(), "multiple"_a)
      .def_prop_ro("bytes", &Packed::bytes)
      .def("write", &Packed::write, "address"_a, "fingerprint"_a);
  module.def(
      "packed_words",
      [](std::uintptr_t head) {
        const std::int64_t features = pointer_to<const PackedHead>(head)->features;
        return static_cast<std::int64_t>(sizeof(PackedHead) / 8) +
               features * static_cast<std::int64_t>(sizeof(PackedFeature) / 8);
      },
      "head"_a, "How many int64 numbers the head of a block has.");
  module.def(
      "packed_sizes",
      [](std::uintptr_t address) {
        const PackedHead& head = *pointer_to<const PackedHead>(address);
        return nb::make_tuple(head.fingerprint, head.sizes.rows, head.steps,
                              head.sizes.padded_steps, head.rows);
      },
      "head"_a, "(fingerprint, B, T, the layer's T, own rows) of a packed batch.");
}

}  // namespace seqfeat::python
