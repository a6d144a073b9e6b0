// SPDX-License-Identifier: Apache-2.0
#include "tests/device/lanes.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "backend/backend_impl.hpp"
#include "layer/workspace_state.hpp"
#include "seqfeat/pack.hpp"
#include "tests/device/bits.hpp"
#include "tests/device/device_test.hpp"

namespace seqfeat::test {
namespace {

constexpr std::int64_t kWords = 5000;
constexpr std::int64_t kNumbers = 3000;
constexpr std::int64_t kWordDim = 16;    // vectors of 16 bytes
constexpr std::int64_t kNumberDim = 10;  // and of 8

SequenceFeatures make_layer(const Backend& backend) {
  const auto hashed = [](const char* key, std::int64_t buckets, DType dtype) {
    return sequence_categorical_column_with_hash_bucket(key, buckets, dtype);
  };
  return {{embedding_column(hashed("word", kWords, DType::string), kWordDim),
           embedding_column(hashed("number", kNumbers, DType::int64), kNumberDim)},
          backend,
          {.max_length = Batches::kLongest,
           .truncation = Truncation::keep_first,
           .padding = Padding::max_length}};
}

void set(const Buffer& buffer, int byte, Stream stream) {
  check(cudaMemsetAsync(buffer.data(), byte, static_cast<std::size_t>(buffer.size_bytes()),
                        stream.handle()),
        "cudaMemsetAsync");
}

}  // namespace

Features Batches::make_features(Rng& rng, std::int64_t rows) {
  std::vector<std::vector<std::string>> words(static_cast<std::size_t>(rows));
  std::vector<std::vector<std::int64_t>> numbers(words.size());
  for (std::size_t row = 0; row < words.size(); ++row) {
    for (std::int64_t left = rng.between(1, kLongest); left > 0; --left) {
      // Mostly short, now and then longer than the fast paths of hashing.
      words[row].push_back(rng.bytes(rng.once_in(50) ? 70 : rng.between(1, 16)));
      numbers[row].push_back(static_cast<std::int64_t>(rng.integer()));
    }
  }
  Features features;
  features.set("word", from_rows(words));
  features.set("number", from_rows(numbers));
  return features;
}

Buffer Batches::upload(const void* data, std::int64_t bytes) const {
  const Stream stream = backend_.impl().own_stream();
  Buffer buffer(backend_.memory(), bytes, stream);
  backend_.copy(buffer.data(), data, bytes, stream);
  backend_.synchronize(stream);
  return buffer;
}

void Batches::bind_tables(SequenceFeatures& cpu) {
  Rng rng(1);
  for (const auto& [name, rows, dim] : {std::tuple{"word_embedding", kWords, kWordDim},
                                        {"number_embedding", kNumbers, kNumberDim}}) {
    std::vector<float>& table = host_tables_.emplace_back();
    for (std::int64_t i = 0; i < rows * dim; ++i) table.push_back(rng.real());
    cpu.bind(name, {table.data(), rows, dim});
    tables_.push_back(upload(table.data(), rows * dim * 4));
    layer_.bind(name, {tables_.back().data(), rows, dim});
  }
}

Batches::Batches(const Backend& backend, std::int64_t rows, std::size_t count)
    : backend_(backend), layer_(make_layer(backend)) {
  SequenceFeatures cpu = make_layer(Backend::cpu());
  bind_tables(cpu);
  Rng rng(2);
  for (std::size_t i = 0; i < count; ++i) {
    features_.push_back(
        make_features(rng, std::max<std::int64_t>(1, rows - 3 * static_cast<std::int64_t>(i))));
    const Batch batch = cpu(features_.back());
    answers_.push_back(
        upload(batch.values().data(), static_cast<std::int64_t>(batch.values().size_bytes())));
  }
  BatchSizes most;
  for (const Features& features : features_) {
    const BatchSizes sizes = layer_.measure(features);
    most.rows = std::max(most.rows, sizes.rows);
    most.steps = std::max(most.steps, sizes.steps);
    most.tokens = std::max(most.tokens, sizes.tokens);
    most.bytes = std::max(most.bytes, sizes.bytes);
    most.padded_steps = std::max(most.padded_steps, sizes.padded_steps);
  }
  plan_ = layer_.plan(most, Emit::values);
}

void poison_scratch(Workspace& workspace, int byte, Stream stream) {
  const detail::WorkspaceState& state = workspace.state();
  auto* const scratch = static_cast<std::byte*>(state.scratch());  // up to the memory's end
  const auto bytes = state.memory.as<std::byte>() + state.memory.size_bytes() - scratch;
  check(cudaMemsetAsync(scratch, byte, static_cast<std::size_t>(bytes), stream.handle()),
        "cudaMemsetAsync");
}

Lane::Lane(const Batches& batches, Stream stream)
    : batches_(&batches),
      workspace_(batches.layer().backend(), batches.plan(), stream),
      values_(batches.layer().backend().memory(), batches.plan().values * 4, stream),
      lengths_(batches.layer().backend().memory(), batches.plan().capacity.rows * 8, stream),
      count_(batches.layer().backend().memory(), sizeof(std::uint64_t), stream) {
  set(count_, 0, stream);
}

Outputs Lane::outputs() const noexcept {
  return {.values = values_.data(), .lengths = lengths_.as<std::int64_t>()};
}

void Lane::poison(int byte, Stream stream) {
  set(values_, byte, stream);
  set(lengths_, byte, stream);
  poison_scratch(workspace_, byte, stream);
}

void Lane::run(std::size_t batch, Stream stream) {
  batches_->layer()(batches_->features(batch), outputs(), workspace_, stream);
}

void Lane::compare(std::size_t batch, Stream stream) {
  const Buffer& answer = batches_->answer(batch);
  count_differences(values_.data(), answer.data(), answer.size_bytes() / 4,
                    count_.as<unsigned long long>(), stream);
}

std::uint64_t Lane::differences(Stream stream) {
  std::uint64_t count = 0;
  const Backend& backend = batches_->layer().backend();
  backend.copy(&count, count_.data(), sizeof count, stream);
  workspace_.check(stream);  // waits
  return count;
}

}  // namespace seqfeat::test
