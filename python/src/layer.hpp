// SPDX-License-Identifier: Apache-2.0
// Specs and layers, which several files of `_core` work on.
#pragma once

#include <nanobind/stl/tuple.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "core.hpp"

namespace seqfeat::python {

/// A handle of the C interface, shared with the arrays that look into its memory.
template <class Handle, void (*release)(Handle*)>
std::shared_ptr<Handle> shared(Handle* handle) {
  return {handle, release};
}

struct Spec {
  std::shared_ptr<seqfeat_spec> handle;

  explicit Spec(const std::string& json);
  [[nodiscard]] std::string json() const;
  [[nodiscard]] nb::dict features() const;
};

/// One feature that a layer reads.
struct Feature {
  std::string key;
  nb::object name;  // `key` as Python's str
  seqfeat_dtype dtype;
  std::int64_t numbers = 1;  // of a numeric column: how many make a step of a flat row
};

/// The features of one call.
struct Input {
  std::vector<Ragged> batches;
  std::vector<const char*> keys;
  std::vector<seqfeat_ragged_view> views;

  [[nodiscard]] seqfeat_features features() const noexcept {
    return {keys.data(), views.data(), static_cast<std::int64_t>(keys.size())};
  }
};

/// An address as Python's integer.
template <class T>
[[nodiscard]] T* pointer_to(std::uintptr_t address) noexcept {
  return reinterpret_cast<T*>(address);  // NOLINT(performance-no-int-to-ptr)
}

/// A table of somebody else's: name, address, rows, dimension, pitch, type.
using GivenTable =
    std::tuple<std::string, std::uintptr_t, std::int64_t, std::int64_t, std::int64_t, std::string>;

/// Rows, steps, values, bytes.
using PackedCapacity = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;

class Layer {
 public:
  Layer(const Spec& spec, const std::string& backend);

  [[nodiscard]] const std::string& backend() const noexcept { return backend_; }
  [[nodiscard]] std::int64_t width() const { return seqfeat_layer_width(handle_.get()); }
  [[nodiscard]] seqfeat_layer* handle() const noexcept { return handle_.get(); }
  [[nodiscard]] const std::vector<Feature>& features() const noexcept { return features_; }
  [[nodiscard]] int device() const noexcept { return device_; }  ///< -1: the CPU.

  /// (name, key, offset, width, rows, has_table, trainable, the table's name or None) of every
  /// column.
  [[nodiscard]] nb::list columns() const;
  nb::tuple run(const nb::dict& features, nb::handle convert);
  nb::dict ids(const nb::dict& features, nb::handle convert);
  [[nodiscard]] std::int64_t packed_bytes(const PackedCapacity& capacity) const;
  /// Writes features as a packed batch at `address`. Returns B and T of the batch.
  std::pair<std::int64_t, std::int64_t> pack(const nb::dict& features, nb::handle convert,
                                             const PackedCapacity& capacity, std::int64_t shards,
                                             std::uintptr_t address) const;
  /// (array, type): a view of the table that the layer uses, of float32 or else of the bits of each
  /// element.
  nb::tuple table(const std::string& name) const;
  /// (array, type) of copies of all tables by name, of one moment: nobody changes them meanwhile.
  [[nodiscard]] nb::dict copies() const;
  /// Binds or copies all the tables, and lets nobody in between.
  void set_tables(const std::vector<GivenTable>& tables, bool copy);
  void load_tables(const std::string& path);
  void save_tables(const std::string& path) const;

  /// Reads the features that the layer wants: lists at once, anything else through `convert`, which
  /// makes a Ragged of it. What is missing is left to the layer, which names who needs it.
  [[nodiscard]] Input read(const nb::dict& features, nb::handle convert) const;

  /// Counts a call that reads the tables. Begins and ends with the GIL.
  class Use {
   public:
    explicit Use(const Layer& layer);
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Use(Use&&) = delete;
    Use& operator=(Use&&) = delete;
    ~Use() { --layer_.users_; }

   private:
    const Layer& layer_;
  };

  /// Marks a call that changes the tables, which no other call may run beside.
  class Change {
   public:
    explicit Change(const Layer& layer);
    Change(const Change&) = delete;
    Change& operator=(const Change&) = delete;
    Change(Change&&) = delete;
    Change& operator=(Change&&) = delete;
    ~Change() { layer_.changing_ = false; }

   private:
    const Layer& layer_;
  };

 private:
  void forget_the_parents_threads() const;
  [[nodiscard]] seqfeat_table look_up(const char* name) const;
  std::shared_ptr<seqfeat_batch> compute(const Input& input, int emit);

  std::shared_ptr<seqfeat_layer> handle_;
  std::string backend_;
  int device_ = -1;  // the ordinal of a CUDA device
  std::vector<Feature> features_;
  mutable int users_ = 0;  // all three guarded by the GIL
  mutable bool changing_ = false;
  mutable pid_t process_ = getpid();  // whose threads are counted
};

}  // namespace seqfeat::python
