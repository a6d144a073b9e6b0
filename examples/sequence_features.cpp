// SPDX-License-Identifier: Apache-2.0
// From serialized rows to the state of an RNN: the example of TensorFlow's documentation.
//
//   sequence_features DIRECTORY     holds example.tfrecord and example.safetensors
//
// TensorFlow's own outputs are in the same file; the program fails if it gets others.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <seqfeat/seqfeat.hpp>
#include <span>
#include <string>
#include <vector>

#include "simple_rnn.hpp"

namespace sf = seqfeat;
namespace fs = std::filesystem;

namespace {

std::vector<std::string> records_of(const fs::path& file) {
  std::vector<std::string> records;
  sf::TfRecordReader reader(file);
  while (const auto record = reader.next()) records.emplace_back(*record);
  return records;
}

std::vector<float> floats_of(const sf::SafetensorsFile& file, const std::string& name) {
  const auto& data = file.tensors().at(name).data;
  const auto* begin = reinterpret_cast<const float*>(data.data());
  return {begin, begin + data.size() / sizeof(float)};
}

/// The largest distance between two lists of floats.
double distance(std::span<const float> a, std::span<const float> b) {
  if (a.size() != b.size()) throw sf::DataError("the outputs are of another size than expected");
  double most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double away = std::abs(double{a[i]} - double{b[i]});
    if (std::isnan(away)) return away;
    most = std::max(most, away);
  }
  return most;
}

bool run(const fs::path& directory) {
  const fs::path weights = directory / "example.safetensors";

  // The columns: every token is hashed to one of 1,000 buckets, every bucket has 10 floats.
  const auto tokens = sf::sequence_categorical_column_with_hash_bucket("tokens", 1000);
  const auto embedding = sf::embedding_column(tokens, 10);

  // Serialized tf.Examples become ragged rows.
  const sf::Features features = sf::parse_example(records_of(directory / "example.tfrecord"),
                                                  sf::make_parse_example_spec({embedding}));

  // Rows become values [B, T, 10], lengths [B] and a mask [B, T].
  sf::SequenceFeatures layer({embedding}, sf::Backend::automatic());
  const sf::EmbeddingTable table = sf::load_table(weights, "tokens_embedding");
  layer.bind("tokens_embedding", table.view());
  const sf::Batch batch = layer(features);

  // A consumer: a SimpleRNN that leaves out what the mask leaves out.
  const sf::SafetensorsFile file(weights);
  const seqfeat::examples::SimpleRnn rnn{10, 4, floats_of(file, "kernel"),
                                         floats_of(file, "recurrent_kernel"),
                                         floats_of(file, "bias")};
  const auto outputs = seqfeat::examples::run_masked(rnn, static_cast<std::size_t>(batch.rows()),
                                                     static_cast<std::size_t>(batch.padded_steps()),
                                                     batch.values(), batch.mask());

  for (std::size_t b = 0; b < batch.lengths().size(); ++b) {
    std::printf("row %zu: %2lld steps, state", b, static_cast<long long>(batch.lengths()[b]));
    for (std::size_t h = 0; h < rnn.units; ++h) {
      std::printf(" %8.5f", static_cast<double>(outputs.last[b * rnn.units + h]));
    }
    std::printf("\n");
  }
  const double sequence = distance(outputs.sequence, floats_of(file, "outputs_sequence"));
  const double state = distance(outputs.last, floats_of(file, "state"));
  std::printf("on %s, %.1e and %.1e away from TensorFlow\n", layer.backend().name().c_str(),
              sequence, state);
  return sequence < 2e-6 && state < 2e-6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s DIRECTORY\n", argv[0]);
    return 2;
  }
  try {
    return run(argv[1]) ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "sequence_features: %s\n", error.what());
    return 1;
  }
}
