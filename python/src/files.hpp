// SPDX-License-Identifier: Apache-2.0
// Python objects as those who open files of columns and write parts for a run.
#pragma once

#include <string>

#include "core.hpp"

namespace seqfeat::python {

/// An object, or None, whose methods are functions of the C interface. Stays where it is, for they
/// point to it. Made and destroyed with the GIL; the functions take it themselves.
class Helper {
 public:
  Helper(const Helper&) = delete;
  Helper& operator=(const Helper&) = delete;
  Helper(Helper&&) = delete;
  Helper& operator=(Helper&&) = delete;

 protected:
  explicit Helper(nb::object object);
  ~Helper() = default;

  /// Calls `work` with the object. An exception becomes a status, and what `last_error` says.
  template <class Work>
  static seqfeat_status guarded(void* context, const Work& work) noexcept;
  static seqfeat_error last_error(void* context) noexcept;

  /// An attribute as text; empty for None.
  [[nodiscard]] std::string text(const char* name) const;

  const nb::object object_;

 private:
  seqfeat_status note(nb::python_error& error);

  seqfeat_status status_ = SEQFEAT_OK;
  std::string message_;
  std::string column_;
};

/// `size(name)`, `open(name, format, columns)` and `filter`.
class ArrowFiles : public Helper {
 public:
  explicit ArrowFiles(nb::object object);

  /// Null for None.
  [[nodiscard]] const seqfeat_arrow_files* get() const noexcept {
    return object_.is_none() ? nullptr : &functions_;
  }

 private:
  std::string filter_;
  seqfeat_arrow_files functions_{};
};

/// `encode(tensors)`, of (name, dtype, flat array, shape) each, to bytes, and `ending`.
class PartForm : public Helper {
 public:
  explicit PartForm(nb::object object);

  /// Null for None.
  [[nodiscard]] const seqfeat_part_form* get() const noexcept {
    return object_.is_none() ? nullptr : &functions_;
  }

 private:
  std::string ending_;
  seqfeat_part_form functions_{};
};

}  // namespace seqfeat::python
