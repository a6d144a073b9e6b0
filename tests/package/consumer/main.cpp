// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <seqfeat/seqfeat.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace sf = seqfeat;

namespace {

bool same(const char* what, long long got, long long expected) {
  if (got == expected) return true;
  std::fprintf(stderr, "%s: got %lld, expected %lld\n", what, got, expected);
  return false;
}

bool run() {
  if (std::string_view(sf::kVersion) != SEQFEAT_PACKAGE_VERSION) {
    std::fprintf(stderr, "version: headers say %s, the package %s\n", sf::kVersion,
                 SEQFEAT_PACKAGE_VERSION);
    return false;
  }
  const auto tokens = sf::sequence_categorical_column_with_hash_bucket("tokens", 1000);
  const std::vector<std::vector<std::string>> rows = {{"a", "b", "c"}, {}, {"d"}};
  sf::Features features;
  features.set("tokens", sf::from_rows(rows));

  const sf::SequenceFeatures layer({sf::embedding_column(tokens, 10)}, sf::Backend::automatic());
  const sf::Batch batch = layer(features);
  return same("rows", batch.rows(), 3) && same("width", batch.padded_steps(), 3) &&
         same("dim", batch.dim(), 10) && same("length of row 0", batch.lengths()[0], 3) &&
         same("length of row 1", batch.lengths()[1], 0) &&
         same("mask of row 2", batch.mask()[7], 0);
}

}  // namespace

int main() {
  try {
    return run() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "consumer: %s\n", error.what());
    return 1;
  }
}
