// SPDX-License-Identifier: Apache-2.0
// Serialized records, in memory and in files, as ragged batches.

#include <string>
#include <utility>
#include <vector>

#include "core.hpp"

namespace seqfeat::python {
namespace {

/// What to parse, with memory of its own.
struct ParseSpec {
  ParseSpec(const nb::dict& features, std::vector<std::string> kept, bool sequence)
      : keep(std::move(kept)) {
    for (auto [key, dtype] : features) {
      keys.push_back(nb::cast<std::string>(key));
      dtypes.push_back(dtype_of(nb::cast<std::string>(dtype).c_str()));
    }
    for (const std::string& key : keys) key_pointers.push_back(key.c_str());
    for (const std::string& key : keep) keep_pointers.push_back(key.c_str());
    kind = sequence ? SEQFEAT_SEQUENCE_EXAMPLE : SEQFEAT_EXAMPLE;
  }
  ParseSpec(const ParseSpec&) = delete;  // pointers into the strings
  ParseSpec& operator=(const ParseSpec&) = delete;
  ParseSpec(ParseSpec&&) = delete;
  ParseSpec& operator=(ParseSpec&&) = delete;
  ~ParseSpec() = default;

  [[nodiscard]] seqfeat_parse_spec view() const noexcept {
    return {key_pointers.data(),
            dtypes.data(),
            static_cast<std::int64_t>(keys.size()),
            keep_pointers.data(),
            static_cast<std::int64_t>(keep.size()),
            kind};
  }

  std::vector<std::string> keys;
  std::vector<std::string> keep;
  std::vector<seqfeat_dtype> dtypes;
  std::vector<const char*> key_pointers;
  std::vector<const char*> keep_pointers;
  seqfeat_record_kind kind;
};

std::shared_ptr<seqfeat_rows> take(seqfeat_rows* rows) {
  return {rows, seqfeat_rows_free};
}

nb::dict features_of(const std::shared_ptr<seqfeat_rows>& rows, const ParseSpec& spec) {
  nb::dict features;
  for (std::size_t i = 0; i < spec.keys.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    features[spec.keys[i].c_str()] = Ragged{rows, seqfeat_rows_feature(rows.get(), index)};
  }
  return features;
}

/// Kept values: a numpy array of int64 or float32, or a list of bytes.
nb::object kept_of(const std::shared_ptr<seqfeat_rows>& rows, std::int64_t index) {
  const seqfeat_kept kept = seqfeat_rows_kept(rows.get(), index);
  const auto count = static_cast<std::size_t>(kept.count);
  if (kept.kind == SEQFEAT_KEPT_INT64) {
    return numpy_array(static_cast<const std::int64_t*>(kept.data), {count}, rows);
  }
  if (kept.kind == SEQFEAT_KEPT_FLOAT) {
    return numpy_array(static_cast<const float*>(kept.data), {count}, rows);
  }
  nb::list list;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t begin = kept.byte_offsets[i];
    list.append(nb::bytes(static_cast<const char*>(kept.data) + begin,
                          static_cast<std::size_t>(kept.byte_offsets[i + 1] - begin)));
  }
  return list;
}

nb::dict parse(const nb::list& records, const nb::dict& features, bool sequence) {
  const ParseSpec spec(features, {}, sequence);
  std::vector<const char*> pointers;
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const nb::object record = records[i];
    char* bytes = nullptr;
    Py_ssize_t size = 0;
    if (!PyBytes_Check(record.ptr())) {
      const std::string message = "serialized[" + std::to_string(i) + "]: got " +
                                  nb::cast<std::string>(record.type().attr("__name__")) +
                                  ", expected bytes";
      throw nb::type_error(message.c_str());
    }
    if (PyBytes_AsStringAndSize(record.ptr(), &bytes, &size) != 0) throw nb::python_error();
    pointers.push_back(bytes);
    sizes.push_back(static_cast<std::size_t>(size));
  }
  const seqfeat_parse_spec view = spec.view();
  seqfeat_rows* rows = nullptr;
  without_gil([&] {
    return seqfeat_parse_records(&view, pointers.data(), sizes.data(),
                                 static_cast<std::int64_t>(sizes.size()), &rows);
  });
  return features_of(take(rows), spec);
}

class Reader {
 public:
  Reader(const std::vector<std::string>& paths, const nb::dict& features,
         std::vector<std::string> keep, bool sequence, std::int64_t batch_size,
         std::int64_t shuffle_buffer, std::uint64_t seed, std::int64_t skip_rows, bool drop_last)
      : spec_(features, std::move(keep), sequence) {
    std::vector<const char*> pointers;
    for (const std::string& path : paths) pointers.push_back(path.c_str());
    const seqfeat_parse_spec view = spec_.view();
    const seqfeat_reader_options options = {batch_size, shuffle_buffer, seed, skip_rows,
                                            drop_last ? 1 : 0};
    seqfeat_reader* reader = nullptr;
    check(seqfeat_reader_new(pointers.data(), static_cast<std::int64_t>(pointers.size()), &view,
                             &options, &reader));
    // Its thread is waited for, which may read a slow file, so without the GIL.
    handle_ = {reader, [](seqfeat_reader* r) {
                 const nb::gil_scoped_release release;
                 seqfeat_reader_free(r);
               }};
  }

  /// (features, kept, rows) of the next batch, or None at the end.
  nb::object next() {
    if (busy_) raise("InvalidArgument", "reader: another thread reads from it");
    busy_ = true;
    struct Done {
      bool& busy;
      ~Done() { busy = false; }
    } const done{busy_};
    seqfeat_rows* out = nullptr;
    without_gil([&] { return seqfeat_reader_next(handle_.get(), &out); });
    if (out == nullptr) return nb::none();
    const auto rows = take(out);
    nb::dict kept;
    for (std::size_t k = 0; k < spec_.keep.size(); ++k) {
      kept[spec_.keep[k].c_str()] = kept_of(rows, static_cast<std::int64_t>(k));
    }
    return nb::make_tuple(features_of(rows, spec_), kept, seqfeat_rows_count(rows.get()));
  }

 private:
  ParseSpec spec_;
  std::shared_ptr<seqfeat_reader> handle_;
  bool busy_ = false;  // guarded by the GIL
};

}  // namespace

void bind_records(nb::module_& module) {
  using namespace nb::literals;
  module.def("parse", parse, "records"_a, "features"_a, "sequence"_a);
  nb::class_<Reader>(module, "Reader", "Batches of TFRecord files.")
      .def(nb::init<const std::vector<std::string>&, const nb::dict&, std::vector<std::string>,
                    bool, std::int64_t, std::int64_t, std::uint64_t, std::int64_t, bool>(),
           "paths"_a, "features"_a, "keep"_a, "sequence"_a, "batch_size"_a, "shuffle_buffer"_a,
           "seed"_a, "skip_rows"_a, "drop_last"_a)
      .def("next", &Reader::next);
}

}  // namespace seqfeat::python
