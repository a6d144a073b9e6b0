// SPDX-License-Identifier: Apache-2.0
#include "run/verify.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include "backend/concat.hpp"
#include "run/manifest.hpp"
#include "run/part_shapes.hpp"
#include "run/rejected.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "table/mapped_file.hpp"

namespace seqfeat::run {
namespace {

namespace fs = std::filesystem;
using detail::concat;

void verify_part(const fs::path& directory, const OldRun& run, const PartInfo& part) {
  const std::string path = (directory / part.file).string();
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) {
    throw DataError({.file = path},
                    concat("cannot be read: ", error.message(), "; run --resume makes it again"));
  }
  if (static_cast<std::int64_t>(size) != part.bytes) {
    throw DataError({.file = path}, concat("got ", size, " bytes, expected ", part.bytes,
                                           "; run --resume makes it again"));
  }
  const MappedFile mapped = map_file(path);
  const std::uint32_t crc = crc32c(mapped.bytes);
  if (crc != part.crc32c) {
    throw DataError({.file = path}, concat("got bytes with CRC ", crc, ", expected ", part.crc32c,
                                           "; remove it, and run --resume makes it again"));
  }
  const SafetensorsFile file(mapped.bytes, path);
  try {
    check_shapes(file, run.spec, run.emit, run.keep, part.rows);
  } catch (const DataError& difference) {
    throw DataError({.file = path},
                    concat(difference.what(), "; remove it, and run --resume makes it again"));
  }
}

void verify_rejected(const fs::path& directory, const OldRun& run) {
  if (!run.skips) return;
  const fs::path path = directory / kRejectedName;
  std::ifstream file(path);
  const auto lines =
      std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n');
  if (file.is_open() && lines == run.rejected) return;
  throw DataError(
      {.file = path.string()},
      concat("got ", file.is_open() ? std::to_string(lines) + " lines" : "no file", ", expected ",
             run.rejected, " lines by the manifest; run --resume makes it again"));
}

}  // namespace

Verified verify(const fs::path& directory) {
  const fs::path manifest = directory / kManifestName;
  std::error_code error;
  if (!fs::exists(manifest, error)) {
    if (error) {
      throw DataError({.file = manifest.string()},
                      concat("cannot be read: ", error.message(), "; check its permissions"));
    }
    throw DataError({.file = manifest.string()},
                    "is missing: no run is finished here; finish it with run --resume");
  }
  const auto run = read_manifest(manifest);
  if (!run) throw DataError({.file = manifest.string()}, "is no manifest of a run");
  Verified verified;
  std::int64_t next_row = 0;
  for (const PartInfo& part : run->parts) {
    if (part.first_row != next_row) {
      throw DataError({.file = manifest.string()}, concat(part.file, ": got first_row ",
                                                          part.first_row, ", expected ", next_row));
    }
    verify_part(directory, *run, part);
    next_row += part.rows;
    ++verified.parts;
    verified.bytes += part.bytes;
  }
  verified.rows = next_row;
  if (verified.rows != run->rows) {
    throw DataError({.file = manifest.string()}, concat("got ", run->rows, " rows, expected ",
                                                        verified.rows, " as its parts have"));
  }
  verify_rejected(directory, *run);
  return verified;
}

}  // namespace seqfeat::run
