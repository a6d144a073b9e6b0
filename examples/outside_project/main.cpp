// SPDX-License-Identifier: Apache-2.0
// Says into which of 1,000 buckets each argument falls.
#include <cstdio>
#include <exception>
#include <seqfeat/seqfeat.hpp>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  namespace sf = seqfeat;
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    sf::Features features;
    features.set("words", sf::from_rows({words}));
    const auto column = sf::sequence_categorical_column_with_hash_bucket("words", 1000);
    const sf::SequenceFeatures layer({column}, sf::Backend::automatic());
    const sf::Batch batch = layer(features, sf::Emit::ids);
    for (std::size_t i = 0; i < words.size(); ++i) {
      std::printf("%s %lld\n", words[i].c_str(), static_cast<long long>(batch.ids()[0].ids[i]));
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bucket_of: %s\n", error.what());
    return 1;
  }
}
