// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/hash.hpp"
#include "tests/golden/compare.hpp"
#include "tests/golden/kinds.hpp"
#include "tests/golden/on_backend.hpp"

namespace seqfeat::golden {
namespace {

/// Tokens in the backend's memory, and room for 64 bits for each of them.
struct TokensThere {
  TokensThere(const Backend& backend, const Tokens& tokens)
      : data(copied_to(backend, tokens.data.data(), static_cast<std::int64_t>(tokens.data.size()))),
        offsets(copied_to(backend, tokens.byte_offsets.data(),
                          static_cast<std::int64_t>(tokens.byte_offsets.size()) * 8)),
        out(backend.memory(), tokens.count * 8, kHostStream),
        view(tokens.view()) {
    view.data = data.data();
    if (!view.byte_offsets.absent()) view.byte_offsets.data = offsets.data();
  }

  Buffer data, offsets, out;
  ValuesView view;
};

void run_fingerprint(const Case& c, const Backend& backend) {
  const Tokens token =
      tokens_from({{"values_b64", Json::array({c.input("bytes_b64")})}}, DType::string);
  hold_against(c, "fingerprint", [&] {
    const TokensThere there(backend, token);
    fingerprint(backend, there.view, there.out.as<std::uint64_t>(), kHostStream);
    const auto got = copied_from<std::uint64_t>(backend, there.out, 1);
    same_json("fingerprint", std::to_string(got[0]), c.expected("fingerprint"));
  });
}

void run_hash_bucket(const Case& c, const Backend& backend) {
  const Tokens tokens = tokens_from(c.json(), dtype_of(c.json()));
  hold_against(c, "hash", [&] {
    const TokensThere there(backend, tokens);
    hash(backend, there.view, int64_from(c.input("num_buckets")), there.out.as<std::int64_t>(),
         kHostStream);
    same("ids", copied_from<std::int64_t>(backend, there.out, tokens.count),
         int64s_from(c.expected("ids")));
  });
}

/// The free function over the case's tokens.
void run_keyed(const Case& c, const Backend& backend, DType dtype,
               const HashBucketOptions& options) {
  const Tokens tokens = tokens_from(c.json(), dtype);
  const std::int64_t buckets = c.has("num_bins")      ? int64_from(c.input("num_bins"))
                               : c.has("num_buckets") ? int64_from(c.input("num_buckets"))
                                                      : 0;
  hold_against(c, "hash_bucket", [&] {
    const TokensThere there(backend, tokens);
    hash_bucket(backend, there.view, buckets, options, there.out.as<std::int64_t>(), kHostStream);
    same("ids", copied_from<std::int64_t>(backend, there.out, tokens.count),
         int64s_from(c.expected("ids")));
  });
}

/// A key of two numbers; those of TensorFlow's may be negative.
HashKey key_from(const Json& json) {
  const auto part = [&json](std::size_t i) {
    const Json& text = json.at(i);
    return text.get<std::string>().starts_with('-') ? static_cast<std::uint64_t>(int64_from(text))
                                                    : uint64_from(text);
  };
  return {part(0), part(1)};
}

void run_strong(const Case& c, const Backend& backend) {
  run_keyed(c, backend, DType::string, {.salt = key_from(c.input("key"))});
}

/// Keras' Hashing, in which a missing `salt` or `mask_value` is none.
void run_keras_hashing(const Case& c, const Backend& backend) {
  HashBucketOptions options;
  if (c.has("salt")) options.salt = key_from(c.input("salt"));
  if (c.has("mask_value")) {
    const Json& mask = c.input("mask_value");
    options.mask_value =
        mask.is_string() ? TokenValue(mask.get<std::string>()) : TokenValue(int64_from(mask));
  }
  run_keyed(c, backend, dtype_of(c.json()), options);
}

const KindEntry kFingerprint{"fingerprint", {kOnEveryBackend, run_fingerprint}};
const KindEntry kHashBucket{"hash_bucket", {kOnEveryBackend, run_hash_bucket}};
const KindEntry kStrong{"hash_bucket_strong", {kOnEveryBackend, run_strong}};
const KindEntry kKeras{"keras_hashing", {kOnEveryBackend, run_keras_hashing}};

}  // namespace
}  // namespace seqfeat::golden
