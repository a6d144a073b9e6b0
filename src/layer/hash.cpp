// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/hash.hpp"

#include <array>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

void run(const Backend& backend, const ValuesView& values, FastModulo buckets, bool modulo,
         std::int64_t* out, Stream stream) {
  if (backend.on_device()) {
    RaggedView shape;  // counts and pointers only: the offsets are not ours to read
    const std::array<std::int64_t, 2> row{0, values.count};
    shape.row_offsets = offsets_of(row);
    shape.byte_offsets = values.byte_offsets;
    shape.data = values.data;
    shape.value_count = values.count;
    shape.bytes = values.bytes;
    shape.dtype = values.dtype;
    validate_shape(shape, "values");
  } else {
    validate(values, "values");
  }
  if (out == nullptr && values.count > 0) throw InvalidArgument("hash: the output is null");
  backend.impl().check_stream(stream);
  if (values.count == 0) return;
  backend.impl().hash({values.dtype, values.data, values.byte_offsets, values.count, values.bytes,
                       modulo, buckets, out},
                      stream);
}

}  // namespace

void hash(const Backend& backend, const ValuesView& values, std::int64_t hash_bucket_size,
          std::int64_t* ids, Stream stream) {
  if (hash_bucket_size < 2) {
    throw InvalidArgument(
        detail::concat("hash_bucket_size: got ", hash_bucket_size, ", expected more than 1"));
  }
  run(backend, values, FastModulo(static_cast<std::uint64_t>(hash_bucket_size)), true, ids, stream);
}

void fingerprint(const Backend& backend, const ValuesView& values, std::uint64_t* fingerprints,
                 Stream stream) {
  run(backend, values, FastModulo(), false, reinterpret_cast<std::int64_t*>(fingerprints), stream);
}

}  // namespace seqfeat
