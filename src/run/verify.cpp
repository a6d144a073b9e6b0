// SPDX-License-Identifier: Apache-2.0
#include "run/verify.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>
#include <string>

#include "backend/concat.hpp"
#include "run/manifest.hpp"
#include "run/rejected.hpp"
#include "run/text.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "table/mapped_file.hpp"
#include "table/safetensors_types.hpp"

namespace seqfeat::run {
namespace {

namespace fs = std::filesystem;
using detail::concat;
using Shape = std::vector<std::int64_t>;

/// Checks the tensors of a part by name; `finish` refuses those that were not checked.
class Checker {
 public:
  explicit Checker(const SafetensorsFile& part) : part_(part) {}

  /// The tensor of that name, which must have this type and as many dimensions.
  const TensorView& get(const std::string& name, std::string_view dtype, std::size_t rank) {
    const auto found = part_.tensors().find(name);
    if (found == part_.tensors().end()) refuse(name, "nothing", dtype);
    const TensorView& tensor = found->second;
    if (tensor.dtype != dtype || tensor.shape.size() != rank) {
      refuse(name, described(tensor), concat(dtype, " with ", rank, " dimensions"));
    }
    asked_.insert(name);
    return tensor;
  }
  const TensorView& expect(const std::string& name, std::string_view dtype, const Shape& shape) {
    const TensorView& tensor = get(name, dtype, shape.size());
    if (tensor.shape != shape) {
      refuse(name, described(tensor), describe_tensor(dtype, shape));
    }
    return tensor;
  }
  /// The tensor of `count` offsets, of which the last is returned.
  std::int64_t offsets(const std::string& name, std::int64_t count) {
    const TensorView& tensor = expect(name, "I64", {count});
    std::int64_t last = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      std::int64_t offset = 0;
      std::memcpy(&offset, tensor.data.data() + i * 8, sizeof offset);
      if (offset < last || (i == 0 && offset != 0)) {
        refuse(name, concat(offset, " behind ", last), "offsets from 0 that do not fall");
      }
      last = offset;
    }
    return last;
  }
  [[nodiscard]] bool has(const std::string& name) const { return part_.tensors().contains(name); }
  [[nodiscard]] bool is_of(const std::string& name, std::string_view dtype) const {
    const auto found = part_.tensors().find(name);
    return found != part_.tensors().end() && found->second.dtype == dtype;
  }

  void finish() const {
    for (const auto& [name, tensor] : part_.tensors()) {
      if (!asked_.contains(name)) refuse(name, described(tensor), "no such tensor");
    }
  }

 private:
  static std::string described(const TensorView& tensor) {
    return describe_tensor(tensor.dtype, tensor.shape);
  }
  [[noreturn]] static void refuse(const std::string& name, std::string_view got,
                                  std::string_view expected) {
    throw DataError(concat("tensor ", run::quoted(name), ": got ", got, ", expected ", expected,
                           " by the manifest"));
  }

  const SafetensorsFile& part_;
  std::set<std::string> asked_;
};

void check_kept(Checker& part, const std::string& key, std::int64_t rows) {
  const std::string name = "keep/" + key;
  if (part.has("keep_offsets/" + key)) {
    const std::int64_t bytes = part.offsets("keep_offsets/" + key, rows + 1);
    part.expect(name, "U8", {bytes});
  } else {
    part.expect(name, part.is_of(name, "F32") ? "F32" : "I64", {rows});
  }
}

void check_ids(Checker& part, const std::string& column, std::int64_t rows) {
  const std::int64_t steps = part.offsets("row_offsets/" + column, rows + 1);
  const std::int64_t ids = part.offsets("step_offsets/" + column, steps + 1);
  part.expect("ids/" + column, "I64", {ids});
}

/// Checks that a part holds exactly the tensors that a run of `spec` emits, with types and shapes
/// that fit the spec, the number of rows and each other.
///
/// Throws   DataError saying which tensor, what was got and what was expected.
void check_shapes(const SafetensorsFile& part, const Spec& spec, const EmitSet& emit,
                  const std::vector<std::string>& keep, std::int64_t rows) {
  Checker checker(part);
  std::int64_t dim = 0;
  for (const Column& column : spec.columns) dim += width_of(column);
  std::int64_t width = -1;
  if (emit.values) {
    width = checker.get("values", "F32", 3).shape[1];
    checker.expect("values", "F32", {rows, width, dim});
  }
  if (emit.lengths) checker.expect("lengths", "I64", {rows});
  if (emit.mask) {
    if (width < 0) width = checker.get("mask", "BOOL", 2).shape[1];
    checker.expect("mask", "BOOL", {rows, width});
  }
  if (emit.ragged) {
    const std::int64_t steps = checker.offsets("row_offsets", rows + 1);
    checker.expect("ragged_values", "F32", {steps, dim});
  }
  for (const std::string& key : keep) check_kept(checker, key, rows);
  if (emit.ids) {
    for (const Column& column : spec.columns) {
      if (find_categorical(column) != nullptr) check_ids(checker, name_of(column), rows);
    }
  }
  checker.finish();
}

template <class... Parts>
[[noreturn]] void refuse(const fs::path& file, const Parts&... reason) {
  throw DataError({.file = file.string()}, concat(reason...));
}

void verify_part(const fs::path& directory, const OldRun& run, const PartInfo& part) {
  const fs::path path = directory / part.file;
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) refuse(path, "cannot be read: ", error.message(), "; run --resume makes it again");
  if (static_cast<std::int64_t>(size) != part.bytes) {
    refuse(path, "got ", size, " bytes, expected ", part.bytes, "; run --resume makes it again");
  }
  constexpr std::string_view kRemove = "; remove it, and run --resume makes it again";
  const MappedFile mapped = map_file(path);
  const std::uint32_t crc = crc32c(mapped.bytes);
  if (crc != part.crc32c) {
    refuse(path, "got bytes with CRC ", crc, ", expected ", part.crc32c, kRemove);
  }
  if (ending_of(part.file) != kPartEndings.front()) return;  // a form of others
  const SafetensorsFile file(mapped.bytes, path.string());
  try {
    check_shapes(file, run.spec, run.emit, run.keep, part.rows);
  } catch (const DataError& difference) {
    refuse(path, difference.what(), kRemove);
  }
}

void verify_rejected(const fs::path& directory, const OldRun& run) {
  if (!run.skips) return;
  const fs::path path = directory / kRejectedName;
  std::ifstream file(path);
  const auto lines =
      std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n');
  if (file.is_open() && lines == run.rejected) return;
  refuse(path, "got ", file.is_open() ? std::to_string(lines) + " lines" : "no file", ", expected ",
         run.rejected, " lines by the manifest; run --resume makes it again");
}

}  // namespace

Verified verify(const fs::path& directory) {
  const fs::path manifest = directory / kManifestName;
  std::error_code error;
  if (!fs::exists(manifest, error)) {
    if (error) refuse(manifest, "cannot be read: ", error.message(), "; check its permissions");
    refuse(manifest, "is missing: no run is finished here; finish it with run --resume");
  }
  const auto run = read_manifest(manifest);
  if (!run) refuse(manifest, "is no manifest of a run");
  Verified verified;
  std::int64_t next_row = 0;
  for (const PartInfo& part : run->parts) {
    if (part.first_row != next_row) {
      refuse(manifest, part.file, ": got first_row ", part.first_row, ", expected ", next_row);
    }
    verify_part(directory, *run, part);
    next_row += part.rows;
    ++verified.parts;
    verified.bytes += part.bytes;
  }
  verified.rows = next_row;
  if (verified.rows != run->rows) {
    refuse(manifest, "got ", run->rows, " rows, expected ", verified.rows, " as its parts have");
  }
  verify_rejected(directory, *run);
  return verified;
}

}  // namespace seqfeat::run
