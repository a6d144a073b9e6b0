// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/hash.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <variant>

#include "backend/backend_impl.hpp"
#include "backend/concat.hpp"
#include "pack/values.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

/// Where ids go; without `wide` they are 32-bit ones.
struct Output {
  void* data;
  bool wide;
};

/// Throws unless values, output and stream can be worked with. True if there is work.
bool check(const Backend& backend, const ValuesView& values, const void* out, Stream stream) {
  if (is_float(values.dtype)) {
    throw InvalidArgument(detail::concat("values: got ", to_string(values.dtype),
                                         ", expected strings or integers to hash"));
  }
  if (backend.on_device()) {
    const std::array<std::int64_t, 2> row{0, values.count};
    validate_shape(detail::view_of(values, row), "values");  // the offsets are not ours to read
  } else {
    validate(values, "values");
  }
  if (out == nullptr && values.count > 0) throw InvalidArgument("hash: the output is null");
  backend.impl().check_stream(stream);
  return values.count > 0;
}

void run(const Backend& backend, const ValuesView& values, FastModulo buckets, bool modulo,
         Output out, Stream stream) {
  if (!check(backend, values, out.data, stream)) return;
  backend.impl().hash({values.dtype, values.data, values.byte_offsets, values.count, values.bytes,
                       modulo, buckets, out.data, out.wide},
                      stream);
}

/// The modulo by a number of buckets; InvalidArgument if there are fewer than two.
FastModulo buckets_of(std::int64_t hash_bucket_size) {
  if (hash_bucket_size < 2) {
    throw InvalidArgument(
        detail::concat("hash_bucket_size: got ", hash_bucket_size, ", expected more than 1"));
  }
  return FastModulo(static_cast<std::uint64_t>(hash_bucket_size));
}

}  // namespace

void hash(const Backend& backend, const ValuesView& values, std::int64_t hash_bucket_size,
          std::int64_t* ids, Stream stream) {
  run(backend, values, buckets_of(hash_bucket_size), true, {ids, true}, stream);
}

void hash(const Backend& backend, const ValuesView& values, std::int64_t hash_bucket_size,
          std::int32_t* ids, Stream stream) {
  constexpr auto kMost = static_cast<std::int64_t>(FastModulo::kMost32);
  if (hash_bucket_size > kMost) {
    throw InvalidArgument(detail::concat("hash_bucket_size: got ", hash_bucket_size,
                                         ", expected at most ", kMost, " for 32-bit ids"));
  }
  run(backend, values, buckets_of(hash_bucket_size), true, {ids, false}, stream);
}

void hash_bucket(const Backend& backend, const ValuesView& values, std::int64_t num_buckets,
                 const HashBucketOptions& options, std::int64_t* ids, Stream stream) {
  if (num_buckets < 1) {
    throw InvalidArgument(
        detail::concat("num_buckets: got ", num_buckets, ", expected at least 1"));
  }
  detail::MapArgs args{};
  args.source = hash_source(num_buckets, values.dtype, options);
  const auto* text = options.mask_value ? std::get_if<std::string>(&*options.mask_value) : nullptr;
  if (text != nullptr && std::ssize(*text) > detail::MapArgs::kMostText) {
    throw InvalidArgument(detail::concat("mask_value: got ", text->size(),
                                         " bytes, expected at most ", detail::MapArgs::kMostText,
                                         "; a column takes more"));
  }
  if (args.source.kind == IdKind::hash_bucket && num_buckets > 1) {
    return run(backend, values, args.source.buckets, true, {ids, true}, stream);
  }
  if (!check(backend, values, ids, stream)) return;
  if (text != nullptr) {
    std::copy(text->begin(), text->end(), args.text);
    args.source.data_bytes = std::ssize(*text);
  }
  const std::array<std::int64_t, 2> row{0, values.count};
  args.view = detail::view_of(values, row);
  args.view.row_offsets = {};  // which end with this call
  args.out = ids;
  backend.impl().map(args, stream);
}

void fingerprint(const Backend& backend, const ValuesView& values, std::uint64_t* fingerprints,
                 Stream stream) {
  run(backend, values, FastModulo(), false, {fingerprints, true}, stream);
}

}  // namespace seqfeat
