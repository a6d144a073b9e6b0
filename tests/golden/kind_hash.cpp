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

const KindEntry kFingerprint{"fingerprint", {kOnEveryBackend, run_fingerprint}};
const KindEntry kHashBucket{"hash_bucket", {kOnEveryBackend, run_hash_bucket}};

}  // namespace
}  // namespace seqfeat::golden
