// SPDX-License-Identifier: Apache-2.0
// train_sequence_model TFRECORD DIRECTORY [STEPS] [STOP_AT]
//
// Trains embeddings and a masked RNN on the CPU to guess which symbol stands next in a formula,
// from the ten before it. Prints the loss of each epoch and the accuracy on rows that it never
// trained on beside that of always guessing the most frequent symbol. Writes
// DIRECTORY/tables.safetensors and DIRECTORY/model.safetensors, and goes on from them if they are
// there. STOP_AT ends it early.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rnn_classifier.hpp"
#include "seqfeat/seqfeat.hpp"

namespace sf = seqfeat;

namespace {

constexpr std::int64_t kSeen = 10;    // tokens that the model sees
constexpr std::size_t kClasses = 16;  // the most frequent next symbols, and one for all others
constexpr std::int64_t kBatch = 64;
constexpr double kRate = 0.003;

struct Row {
  std::vector<std::string> tokens;  // kSeen of them
  int label = 0;
};

struct Data {
  std::vector<Row> training, held_out;
  double majority = 0;  // accuracy of the most frequent label, held out
};

Data read(const std::string& file, const sf::ParseSpec& spec) {
  std::vector<std::string> records;
  sf::TfRecordReader reader{std::filesystem::path(file)};
  while (const auto record = reader.next()) records.emplace_back(*record);
  const sf::Features features = sf::parse_example(records, spec);
  const sf::RaggedView& view = *features.find("tokens");
  std::vector<std::pair<Row, std::string>> all;
  std::map<std::string, int> counts;
  for (std::int64_t row = 0; row < view.rows(); ++row) {
    const std::int64_t begin = view.row_offsets[row];
    if (view.row_offsets[row + 1] - begin <= kSeen) continue;
    Row one;
    for (std::int64_t i = begin; i < begin + kSeen; ++i) {
      one.tokens.emplace_back(sf::string_at(view.data, view.byte_offsets, i));
    }
    std::string next(sf::string_at(view.data, view.byte_offsets, begin + kSeen));
    ++counts[next];
    all.emplace_back(std::move(one), std::move(next));
  }
  std::vector<std::pair<int, std::string>> order;
  for (const auto& [token, count] : counts) order.emplace_back(-count, token);
  std::sort(order.begin(), order.end());
  std::map<std::string, int> labels;
  for (std::size_t i = 0; i + 1 < kClasses && i < order.size(); ++i) {
    labels[order[i].second] = static_cast<int>(i);
  }
  Data data;
  std::vector<std::int64_t> often(kClasses);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto found = labels.find(all[i].second);
    all[i].first.label = found == labels.end() ? static_cast<int>(kClasses) - 1 : found->second;
    const bool held_out = i % 8 == 7;
    if (held_out) ++often[static_cast<std::size_t>(all[i].first.label)];
    (held_out ? data.held_out : data.training).push_back(std::move(all[i].first));
  }
  data.majority = static_cast<double>(*std::max_element(often.begin(), often.end())) /
                  static_cast<double>(data.held_out.size());
  return data;
}

/// The layer, the model on top, and one step of both.
class Trainer {
 public:
  explicit Trainer(const sf::EmbeddingColumn& column)
      : layer_({column}, sf::Backend::cpu(), {.max_length = kSeen}),
        state_(layer_, sf::adam({.learning_rate = kRate})),
        plan_(layer_.plan({kBatch, kBatch * kSeen, kBatch * kSeen, kBatch * kSeen * 64, kSeen},
                          sf::Emit::values, {.trains = true})),
        workspace_(layer_.backend(), plan_, sf::kHostStream),
        values_(static_cast<std::size_t>(plan_.values)),
        gradient_(values_.size()),
        mask_(static_cast<std::size_t>(plan_.mask)),
        lengths_(kBatch),
        model_(static_cast<std::size_t>(layer_.dim()), 32, kClasses) {}

  using Result = sf::examples::RnnClassifier::Result;

  Result run(const std::vector<Row>& rows, const std::vector<std::size_t>& which, bool trains) {
    sf::Ragged tokens;
    std::vector<int> labels;
    for (const std::size_t i : which) {
      for (const std::string& token : rows[i].tokens) tokens.add_value(token);
      tokens.end_steps();
      tokens.end_row();
      labels.push_back(rows[i].label);
    }
    sf::Features features;
    features.set("tokens", tokens.view());
    const sf::BatchSizes sizes = layer_(
        features, {.values = values_.data(), .lengths = lengths_.data(), .mask = mask_.data()},
        workspace_, sf::kHostStream);
    const Result result =
        model_.run(which.size(), static_cast<std::size_t>(sizes.padded_steps), values_, mask_,
                   labels, trains ? std::span<float>(gradient_) : std::span<float>());
    if (trains) {
      layer_.update({gradient_.data()}, workspace_, state_, sf::kHostStream);
      model_.step(kRate, state_.step());
    }
    return result;
  }

  [[nodiscard]] std::int64_t step() const { return state_.step(); }

  void save(const std::filesystem::path& directory) {
    std::vector<std::pair<std::string, sf::TensorView>> tensors;
    for_each_tensor([&](const std::string& name, std::vector<float>& floats) {
      tensors.emplace_back(
          name, sf::TensorView{"F32", {std::ssize(floats)}, std::as_bytes(std::span(floats))});
    });
    sf::write_safetensors(directory / "model.safetensors", tensors,
                          {{"step", std::to_string(step())}});
    state_.save(directory / "tables.safetensors", sf::kHostStream);
  }

  /// False if there is nothing to go on from.
  bool load(const std::filesystem::path& directory) {
    if (!std::filesystem::exists(directory / "tables.safetensors")) return false;
    state_.load(directory / "tables.safetensors", sf::kHostStream);
    const sf::SafetensorsFile file(directory / "model.safetensors");
    if (file.metadata().at("step") != std::to_string(step())) {
      throw sf::DataError("model.safetensors is of another step than tables.safetensors");
    }
    for_each_tensor([&](const std::string& name, std::vector<float>& floats) {
      const auto bytes = file.tensors().at(name).data;
      if (bytes.size() != floats.size() * sizeof(float)) throw sf::DataError(name + ": its size");
      std::copy(bytes.begin(), bytes.end(), std::as_writable_bytes(std::span(floats)).begin());
    });
    return true;
  }

 private:
  template <class Use>
  void for_each_tensor(const Use& use) {
    int number = 0;
    for (sf::examples::Weights* weights : model_.all()) {
      const std::string name = "weights" + std::to_string(number++);
      use(name, weights->at);
      use(name + "/moment1", weights->moment1);
      use(name + "/moment2", weights->moment2);
    }
  }

  sf::SequenceFeatures layer_;
  sf::OptimizerState state_;
  sf::Plan plan_;
  sf::Workspace workspace_;
  std::vector<float> values_, gradient_;
  std::vector<std::uint8_t> mask_;
  std::vector<std::int64_t> lengths_;
  sf::examples::RnnClassifier model_;
};

/// The rows of step `step`: epochs go over all rows, each in an order of its own.
std::vector<std::size_t> batch_of(std::size_t rows, std::int64_t step, std::int64_t steps) {
  std::vector<std::size_t> order(rows);
  for (std::size_t i = 0; i < rows; ++i) order[i] = i;
  std::mt19937 random(static_cast<unsigned>(step / steps));
  for (std::size_t i = rows - 1; i > 0; --i) std::swap(order[i], order[random() % (i + 1)]);
  const auto begin = order.begin() + step % steps * kBatch;
  return {begin, begin + kBatch};
}

double accuracy(Trainer& trainer, const std::vector<Row>& rows) {
  std::int64_t correct = 0;
  for (std::size_t at = 0; at < rows.size(); at += kBatch) {
    std::vector<std::size_t> which;
    for (std::size_t i = at; i < std::min<std::size_t>(rows.size(), at + kBatch); ++i) {
      which.push_back(i);
    }
    correct += trainer.run(rows, which, false).correct;
  }
  return static_cast<double>(correct) / static_cast<double>(rows.size());
}

int train(const std::string& input, const std::filesystem::path& directory, std::int64_t steps,
          std::int64_t stop_at) {
  const auto tokens = sf::sequence_categorical_column_with_hash_bucket("tokens", 1000);
  const auto column = sf::embedding_column(tokens, 16);
  const Data data = read(input, sf::make_parse_example_spec({column}));
  const auto epoch = static_cast<std::int64_t>(data.training.size()) / kBatch;
  if (epoch < 1 || data.held_out.empty()) throw sf::InvalidArgument(input + ": too few long rows");
  Trainer trainer(column);
  std::filesystem::create_directories(directory);
  if (trainer.load(directory)) {
    std::printf("going on after step %lld\n", static_cast<long long>(trainer.step()));
  }
  std::printf("%zu rows to train on, %zu held out; always the most frequent symbol: %.1f %%\n",
              data.training.size(), data.held_out.size(), 100 * data.majority);
  double loss = 0;
  std::int64_t seen = 0;
  const std::int64_t last = std::min(steps, stop_at);
  while (trainer.step() < last) {
    loss += trainer.run(data.training, batch_of(data.training.size(), trainer.step(), epoch), true)
                .loss;
    seen += kBatch;
    if (trainer.step() % epoch != 0 && trainer.step() != last) continue;
    const double mean = loss / static_cast<double>(seen);
    const std::string bar(static_cast<std::size_t>(std::min(mean * 20, 60.0)), '#');
    std::printf("step %5lld  loss %.4f  held out %.1f %%  %s\n",
                static_cast<long long>(trainer.step()), mean,
                100 * accuracy(trainer, data.held_out), bar.c_str());
    loss = 0;
    seen = 0;
  }
  trainer.save(directory);
  const double reached = accuracy(trainer, data.held_out);
  std::printf("%.1f %% right, %.1f %% by the most frequent symbol; saved in %s\n", 100 * reached,
              100 * data.majority, directory.string().c_str());
  return stop_at < steps || reached > data.majority + 0.1 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc < 3 || argc > 5) {
      std::fputs("usage: train_sequence_model TFRECORD DIRECTORY [STEPS] [STOP_AT]\n", stderr);
      return 2;
    }
    const std::int64_t steps = argc > 3 ? std::atoll(argv[3]) : 1000;
    return train(argv[1], argv[2], steps, argc > 4 ? std::atoll(argv[4]) : steps);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "train_sequence_model: %s\n", e.what());
    return 1;
  }
}
