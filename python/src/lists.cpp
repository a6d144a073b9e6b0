// SPDX-License-Identifier: Apache-2.0
// Lists of tokens as ragged batches. Strings are read where Python has them, as UTF-8, and copied
// once into one run of bytes.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <vector>

#include "core.hpp"

namespace seqfeat::python {
namespace {

/// Bytes that grow at their end without being filled first.
class Bytes {
 public:
  Bytes() = default;
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  Bytes(Bytes&&) = delete;
  Bytes& operator=(Bytes&&) = delete;
  ~Bytes() { std::free(data_); }

  void append(const void* from, std::size_t size) {
    if (size == 0) return;  // there may be no memory yet
    if (size > capacity_ - size_) grow(size);
    std::memcpy(data_ + size_, from, size);
    size_ += size;
  }
  [[nodiscard]] const char* data() const noexcept { return data_; }
  [[nodiscard]] char* data() noexcept { return data_; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }

 private:
  void grow(std::size_t size) {
    const std::size_t capacity = 2 * size_ + size + 64;
    char* larger = static_cast<char*>(std::realloc(data_, capacity));
    if (larger == nullptr) throw std::bad_alloc();
    data_ = larger;
    capacity_ = capacity;
  }

  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// The memory of a batch that was read from lists.
struct Memory {
  std::vector<std::int64_t> row_offsets{0};
  std::vector<std::int64_t> step_offsets;  // only once some step has not exactly one value
  std::vector<std::int64_t> byte_offsets{0};
  Bytes data;
};

std::string kind_of(nb::handle object) {
  return nb::cast<std::string>(nb::str(object.type().attr("__name__")));
}

/// The first digits of an int, which Python writes only up to a limit.
std::string digits_of(nb::handle number) {
  try {
    return nb::cast<std::string>(nb::str(number)).substr(0, 40);
  } catch (const nb::python_error&) {
    return "an int of thousands of digits";
  }
}

/// NaN and pandas' NA stand for None in columns of objects.
bool is_missing(nb::handle object) {
  if (object.is_none()) return true;
  if (PyFloat_Check(object.ptr())) return std::isnan(PyFloat_AsDouble(object.ptr()));
  return kind_of(object) == "NAType";
}

/// The elements of a list, a tuple or a numpy array, as a list or tuple; an invalid object for
/// anything else.
nb::object sequence_of(nb::handle object) {
  if (PyList_Check(object.ptr()) || PyTuple_Check(object.ptr())) return nb::borrow(object);
  if (PyUnicode_Check(object.ptr()) || PyBytes_Check(object.ptr())) return {};
  if (nb::hasattr(object, "tolist") && nb::hasattr(object, "dtype")) {
    nb::object list = object.attr("tolist")();
    if (PyList_Check(list.ptr())) return list;
  }
  return {};
}

class ListReader {
 public:
  ListReader(const seqfeat_dtype* dtype, const char* key)
      : memory_(std::make_shared<Memory>()), key_(key) {
    if (dtype != nullptr) set_dtype(*dtype);
  }

  void read_rows(nb::handle rows) {
    const nb::object list = sequence_of(rows);
    if (!list.is_valid()) refuse(rows, "a list of rows");
    for_each(list, [this](nb::handle row) {
      if (!PyList_Check(row.ptr())) {
        read_row_like(row);
      } else {
        const Py_ssize_t plain = read_strings(row);
        for_each(
            row, [this](nb::handle step) { read_step(step); }, plain);
      }
      memory_->row_offsets.push_back(steps_);
      ++row_;
    });
  }

  void read_tokens(nb::handle tokens) {
    const nb::object list = sequence_of(tokens);
    if (!list.is_valid()) refuse(tokens, "a list of tokens");
    for_each(list, [this](nb::handle token) {
      if (sequence_of(token).is_valid()) refuse(token, "a token (nested=False)");
      read_step(token);
    });
    memory_->row_offsets.push_back(steps_);
  }

  Ragged finish() {
    Memory& memory = *memory_;
    narrow();
    seqfeat_ragged_view view = {};
    view.row_offsets = offsets(memory.row_offsets);
    if (nested_) view.step_offsets = offsets(memory.step_offsets);
    view.values.data = memory.data.data();
    view.values.count = values_;
    view.values.dtype = dtype_;
    if (dtype_ == SEQFEAT_STRING) {
      view.values.byte_offsets = offsets(memory.byte_offsets);
      view.values.bytes = static_cast<std::int64_t>(memory.data.size());
    }
    view.trusted = 1;  // built here, value by value
    return {memory_, view};
  }

 private:
  /// Calls `use` with every element. A list may be changed by code that an element runs, so its
  /// size is asked for each time, and the element is held.
  template <class Use>
  static void for_each(nb::handle list, const Use& use, Py_ssize_t first = 0) {
    if (PyTuple_Check(list.ptr())) {
      const Py_ssize_t count = PyTuple_Size(list.ptr());
      for (Py_ssize_t i = 0; i < count; ++i) use(nb::handle(PyTuple_GetItem(list.ptr(), i)));
      return;
    }
    for (Py_ssize_t i = first; i < PyList_Size(list.ptr()); ++i) {
      PyObject* item = PyList_GetItem(list.ptr(), i);
      Py_INCREF(item);
      const nb::object held = nb::steal(item);
      use(held);
    }
  }

  /// The usual row: reads the plain strings with which it begins, as long as each step has one
  /// value, and returns how many they are. No code of anybody else runs meanwhile, so nothing is
  /// held.
  Py_ssize_t read_strings(nb::handle row) {
    if (!known_ || dtype_ != SEQFEAT_STRING || nested_) return 0;
    const Py_ssize_t count = PyList_Size(row.ptr());
    Py_ssize_t i = 0;
    for (; i < count; ++i) {
      PyObject* const object = PyList_GetItem(row.ptr(), i);
      if (Py_TYPE(object) != &PyUnicode_Type) break;
      Py_ssize_t size = 0;
      const char* const text = PyUnicode_AsUTF8AndSize(object, &size);
      if (text == nullptr) refuse_text();
      memory_->data.append(text, static_cast<std::size_t>(size));
      memory_->byte_offsets.push_back(static_cast<std::int64_t>(memory_->data.size()));
    }
    values_ += i;
    steps_ += i;
    return i;
  }

  /// A row that is no list: None, a tuple or an array.
  void read_row_like(nb::handle row) {
    const nb::object list = sequence_of(row);
    if (list.is_valid()) {
      for_each(list, [this](nb::handle step) { read_step(step); });
    } else if (!is_missing(row)) {
      refuse(row, "a list of tokens, or None");
    }
  }

  void read_step(nb::handle step) {
    if (add_value(step)) {
      end_step();
      return;
    }
    const nb::object list = sequence_of(step);
    if (list.is_valid()) {
      make_nested();
      for_each(list, [this](nb::handle value) {
        if (!add_value(value) && !is_missing(value)) refuse(value, expected_value());
      });
    } else if (!is_missing(step)) {
      refuse(step, expected_value());
    }
    end_step();
  }

  /// Adds a number to a batch of floats; false if the object is none.
  bool add_number(nb::handle value) {
    PyObject* const object = value.ptr();
    double number = 0.0;
    if (PyFloat_Check(object)) {
      number = PyFloat_AsDouble(object);
    } else if (PyBool_Check(object) || sequence_of(value).is_valid()) {
      return false;
    } else if (PyLong_Check(object) || nb::hasattr(value, "dtype")) {  // numpy's too
      const nb::object real = nb::steal(PyNumber_Float(object));
      if (!real.is_valid()) {
        if (PyErr_ExceptionMatches(PyExc_OverflowError) != 0) refuse_range(value);
        PyErr_Clear();
        return false;
      }
      number = PyFloat_AsDouble(real.ptr());
    } else {
      return false;
    }
    const auto narrow = static_cast<float>(number);
    if (dtype_ == SEQFEAT_DTYPE_FLOAT32) {
      memory_->data.append(&narrow, sizeof narrow);
    } else {
      memory_->data.append(&number, sizeof number);
    }
    ++values_;
    return true;
  }

  /// Adds a value; false if the object is none.
  bool add_value(nb::handle value) {
    PyObject* const object = value.ptr();
    if (!known_ && PyFloat_Check(object) && !is_missing(value)) set_dtype(SEQFEAT_DTYPE_FLOAT32);
    if (known_ && is_float(dtype_)) return add_number(value);
    if (PyUnicode_Check(object)) {
      Py_ssize_t size = 0;
      const char* text = PyUnicode_AsUTF8AndSize(object, &size);
      if (text == nullptr) refuse_text();
      add_string(value, text, static_cast<std::size_t>(size));
      return true;
    }
    if (PyBytes_Check(object)) {
      char* text = nullptr;
      Py_ssize_t size = 0;
      if (PyBytes_AsStringAndSize(object, &text, &size) != 0) throw nb::python_error();
      add_string(value, text, static_cast<std::size_t>(size));
      return true;
    }
    if (PyBool_Check(object)) return false;
    if (PyLong_Check(object)) {
      add_integer(value);
      return true;
    }
    if (PyFloat_Check(object) || !PyIndex_Check(object) || nb::hasattr(value, "tolist") == false) {
      return false;
    }
    if (sequence_of(value).is_valid()) return false;  // an array of one element is an index too
    const nb::object number = nb::steal(PyNumber_Index(object));  // numpy's integers
    if (!number.is_valid()) {
      if (PyErr_ExceptionMatches(PyExc_TypeError) == 0) throw nb::python_error();
      PyErr_Clear();
      return false;
    }
    add_integer(number);
    return true;
  }

  void add_string(nb::handle value, const char* text, std::size_t size) {
    if (dtype_ != SEQFEAT_STRING || !known_) {
      if (known_) refuse(value, expected_value());
      set_dtype(SEQFEAT_STRING);
    }
    memory_->data.append(text, size);
    memory_->byte_offsets.push_back(static_cast<std::int64_t>(memory_->data.size()));
    ++values_;
  }

  void add_integer(nb::handle value) {
    if (!known_) set_dtype(SEQFEAT_INT64);
    if (dtype_ == SEQFEAT_STRING) refuse(value, expected_value());
    std::int64_t bits = 0;
    if (dtype_ == SEQFEAT_UINT64) {
      const unsigned long long number = PyLong_AsUnsignedLongLong(value.ptr());
      if (number == std::numeric_limits<unsigned long long>::max() && PyErr_Occurred() != nullptr) {
        refuse_range(value);
      }
      bits = static_cast<std::int64_t>(number);
    } else {
      int overflow = 0;
      bits = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
      if (overflow != 0 || bits < least_ || bits > largest_) refuse_range(value);
    }
    memory_->data.append(&bits, sizeof bits);
    ++values_;
  }

  void end_step() {
    ++steps_;
    if (!nested_) {
      if (values_ == steps_) return;
      --steps_;
      make_nested();
      ++steps_;
    }
    memory_->step_offsets.push_back(values_);
  }

  /// So far each step had one value. The next one is a list or a hole.
  void make_nested() {
    if (nested_) return;
    nested_ = true;
    for (std::int64_t s = 0; s <= steps_; ++s) memory_->step_offsets.push_back(s);
  }

  void set_dtype(seqfeat_dtype dtype) {
    dtype_ = dtype;
    known_ = true;
    if (dtype == SEQFEAT_STRING || dtype == SEQFEAT_UINT64 || is_float(dtype)) return;
    const bool is_unsigned = dtype >= SEQFEAT_UINT8;
    const std::int64_t bits = 8 * dtype_bytes(dtype) - (is_unsigned ? 0 : 1);
    largest_ =
        bits >= 63 ? std::numeric_limits<std::int64_t>::max() : (std::int64_t{1} << bits) - 1;
    least_ = is_unsigned ? 0 : -largest_ - 1;
  }

  /// Integers were read as 64 bits; a narrower type keeps the low ones (little endian).
  void narrow() {
    if (dtype_ == SEQFEAT_STRING || is_float(dtype_)) return;
    const auto size = static_cast<std::size_t>(dtype_bytes(dtype_));
    if (size == sizeof(std::int64_t)) return;
    char* const data = memory_->data.data();
    for (std::int64_t i = 0; i < values_; ++i) {
      const auto v = static_cast<std::size_t>(i);
      std::memmove(data + v * size, data + v * sizeof(std::int64_t), size);
    }
  }

  [[nodiscard]] static seqfeat_offsets offsets(const std::vector<std::int64_t>& from) noexcept {
    return {from.data(), static_cast<std::int64_t>(from.size()), 1};
  }

  [[nodiscard]] std::string expected_value() const {
    if (!known_) return "a str, bytes, int or float, a list of them, or None";
    if (dtype_ == SEQFEAT_STRING) return "a str or bytes, a list of them, or None";
    if (is_float(dtype_)) return "a float or int, a list of them, or None";
    return std::string("an int of ") + dtype_name(dtype_) + ", a list of them, or None";
  }

  [[nodiscard]] std::string place() const {
    return std::string(key_) + ": row " + std::to_string(row_) + ": ";
  }

  [[noreturn]] void refuse(nb::handle got, const std::string& expected) const {
    const std::string message = place() + "got " + kind_of(got) + ", expected " + expected;
    throw nb::type_error(message.c_str());
  }

  [[noreturn]] void refuse_range(nb::handle value) const {
    PyErr_Clear();
    raise("DataError",
          place() + "got " + digits_of(value) + ", which is out of the range of " +
              dtype_name(dtype_),
          key_, row_);
  }

  [[noreturn]] void refuse_text() const {
    PyErr_Clear();
    raise("DataError",
          place() + "got a str with a lone surrogate, which has no UTF-8; pass bytes instead", key_,
          row_);
  }

  std::shared_ptr<Memory> memory_;
  const char* key_;
  seqfeat_dtype dtype_ = SEQFEAT_STRING;
  bool known_ = false;
  bool nested_ = false;
  std::int64_t least_ = 0;
  std::int64_t largest_ = 0;
  std::int64_t row_ = 0;
  std::int64_t steps_ = 0;
  std::int64_t values_ = 0;
};

}  // namespace

Ragged read_rows(nb::handle rows, const seqfeat_dtype* dtype, const char* key) {
  ListReader reader(dtype, key);
  reader.read_rows(rows);
  return reader.finish();
}

Ragged read_tokens(nb::handle tokens, const seqfeat_dtype* dtype, const char* key) {
  ListReader reader(dtype, key);
  reader.read_tokens(tokens);
  return reader.finish();
}

}  // namespace seqfeat::python
