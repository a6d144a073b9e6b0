// SPDX-License-Identifier: Apache-2.0
// The layer inside a training loop: two CUDA graphs, nothing allocated in the loop.
//
// The task: tell rows that hold the token "good" from rows that do not. The model is logistic
// regression over the mean of a row's vectors, which have too few dimensions to tell all words
// apart as they begin. So it is trained twice: over frozen tables, and together with them.
//
// Each step packs a batch of another size into a workspace and replays its graph: the layer's
// kernels, those of the model, and the update of the tables. The update sorts the batch's ids
// first; they are known before the model begins, so that they are sorted on a stream beside it.
//
// Two workspaces take turns, so that a batch is packed and copied on one stream while the one
// before it is computed on another. A graph holds the addresses of its workspace: each has its own.
#include <cuda_runtime.h>

#include <cstdint>
#include <cstdio>
#include <seqfeat/seqfeat.hpp>
#include <string>
#include <vector>

namespace sf = seqfeat;

namespace {

constexpr int kRows = 64;   // At most, in a batch.
constexpr int kWidth = 12;  // T
constexpr int kDim = 4;
constexpr int kBatches = 8;
constexpr int kSteps = 200;
constexpr float kRate = 1.0F;

void check(cudaError_t error, const char* what) {
  if (error != cudaSuccess) {
    throw sf::CudaError(std::string(what) + ": " + cudaGetErrorString(error), error);
  }
}

/// What the model's kernels read and write, all on the device.
struct Model {
  const float* values;          ///< [kRows, kWidth, kDim]
  const std::int64_t* lengths;  ///< [kRows]; 0 for rows that a batch does not have.
  const float* labels;          ///< [kRows]
  float* means;                 ///< [kRows, kDim]
  float* errors;                ///< [kRows]
  float* gradient;              ///< [kRows, kWidth, kDim], by `values`
  float* losses;                ///< [kRows]
  float* weights;               ///< [kDim + 1], the last one is the bias
};

/// A thread a row: the mean vector, the prediction, its error and loss.
__global__ void forward_kernel(Model m) {
  const int row = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (row >= kRows) return;
  const auto length = static_cast<int>(m.lengths[row]);
  float logit = m.weights[kDim];
  for (int d = 0; d < kDim; ++d) {
    float sum = 0;
    for (int t = 0; t < length; ++t) sum += m.values[(row * kWidth + t) * kDim + d];
    const float mean = length > 0 ? sum / static_cast<float>(length) : 0;
    m.means[row * kDim + d] = mean;
    logit += mean * m.weights[d];
  }
  const float probability = 1 / (1 + expf(-logit));
  const float right = m.labels[row] > 0.5F ? probability : 1 - probability;
  m.errors[row] = length > 0 ? probability - m.labels[row] : 0;
  m.losses[row] = length > 0 ? -logf(right) : 0;
}

/// A thread a row: the gradient of the mean loss by the row's vectors; 0 in padding.
__global__ void backward_kernel(Model m) {
  const int row = static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x);
  if (row >= kRows) return;
  const auto length = static_cast<int>(m.lengths[row]);
  const float each = length > 0 ? m.errors[row] / kRows / static_cast<float>(length) : 0;
  for (int t = 0; t < kWidth; ++t) {
    for (int d = 0; d < kDim; ++d) {
      m.gradient[(row * kWidth + t) * kDim + d] = t < length ? each * m.weights[d] : 0;
    }
  }
}

/// A thread a weight: one step down the gradient.
__global__ void update_kernel(Model m) {
  const auto d = static_cast<int>(threadIdx.x);
  float gradient = 0;
  for (int row = 0; row < kRows; ++row) {
    gradient += m.errors[row] * (d < kDim ? m.means[row * kDim + d] : 1);
  }
  m.weights[d] -= kRate / kRows * gradient;
}

template <class... Parameters>
void launch(void (*kernel)(Parameters...), int threads, cudaStream_t stream, Parameters... given) {
  cudaLaunchConfig_t config{};
  config.gridDim = dim3(1);
  config.blockDim = dim3(static_cast<unsigned>(threads));
  config.stream = stream;
  check(cudaLaunchKernelEx(&config, kernel, given...), "launch");
}

struct Labelled {
  sf::Features features;
  std::vector<float> labels;
};

/// Rows of random words; the label says whether "good" is among them.
Labelled make_batch(std::uint32_t seed) {
  const auto random = [&seed](std::uint32_t below) {
    seed = seed * 1664525 + 1013904223;
    return (seed >> 16) % below;
  };
  std::vector<std::vector<std::string>> rows(kRows - random(16));
  Labelled batch;
  batch.labels.assign(kRows, 0);
  for (std::size_t b = 0; b < rows.size(); ++b) {
    for (std::uint32_t left = 1 + random(kWidth); left > 0; --left) {
      rows[b].push_back(random(8) == 0 ? "good" : "word" + std::to_string(random(30)));
      if (rows[b].back() == "good") batch.labels[b] = 1;
    }
  }
  batch.features.set("tokens", sf::from_rows(rows));
  return batch;
}

/// Memory of the backend, as objects of type T.
template <class T>
struct Array {
  Array(const sf::Backend& backend, std::int64_t count, sf::Stream stream)
      : buffer(backend.memory(), count * static_cast<std::int64_t>(sizeof(T)), stream) {}
  [[nodiscard]] T* data() const noexcept { return buffer.template as<T>(); }
  sf::Buffer buffer;
};

double mean_loss(const sf::Backend& backend, const Model& m, sf::Stream stream) {
  std::vector<float> losses(kRows);
  backend.copy(losses.data(), m.losses, kRows * 4, stream);
  backend.synchronize(stream);
  double sum = 0;
  for (const float loss : losses) sum += double{loss};
  return sum / kRows;
}

class Event {
 public:
  Event() { check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming), "event"); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  Event(Event&&) = delete;
  Event& operator=(Event&&) = delete;
  ~Event() { cudaEventDestroy(event_); }

  void record(cudaStream_t stream) { check(cudaEventRecord(event_, stream), "record"); }
  void hold_back(cudaStream_t stream) const {
    check(cudaStreamWaitEvent(stream, event_, 0), "wait");
  }

 private:
  cudaEvent_t event_ = nullptr;
};

class OwnStream {
 public:
  OwnStream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "stream"); }
  OwnStream(const OwnStream&) = delete;
  OwnStream& operator=(const OwnStream&) = delete;
  OwnStream(OwnStream&&) = delete;
  OwnStream& operator=(OwnStream&&) = delete;
  ~OwnStream() { cudaStreamDestroy(stream_); }

  operator cudaStream_t() const noexcept { return stream_; }
  operator sf::Stream() const noexcept { return sf::Stream(stream_); }

 private:
  cudaStream_t stream_ = nullptr;
};

struct Streams {
  OwnStream copies, kernels, sorting;
};

/// What one batch in flight occupies.
class Lane {
 public:
  Lane(const sf::Backend& gpu, const sf::Plan& plan, const Streams& streams)
      : streams_(streams),
        workspace_(gpu, plan, streams.copies),
        labels_(gpu, kRows, streams.copies) {}
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  Lane(Lane&&) = delete;
  Lane& operator=(Lane&&) = delete;
  ~Lane() { cudaGraphExecDestroy(step_); }

  /// Packs the batch and copies it, as soon as the kernels of this lane's last batch are done.
  void pack(const sf::SequenceFeatures& layer, const Labelled& batch) {
    computed_.hold_back(streams_.copies);
    layer.pack(batch.features, workspace_, streams_.copies);
    layer.backend().copy(labels_.data(), batch.labels.data(), kRows * 4, streams_.copies);
    copied_.record(streams_.copies);
  }

  /// Captures a whole step. The copy of `pack` stays outside.
  void capture(const sf::SequenceFeatures& layer, sf::OptimizerState& state,
               const sf::Outputs& outputs, Model model) {
    const cudaStream_t kernels = streams_.kernels;
    model.labels = labels_.data();
    cudaGraph_t graph = nullptr;
    check(cudaStreamBeginCapture(kernels, cudaStreamCaptureModeThreadLocal), "begin capture");
    layer.compute(outputs, workspace_, streams_.kernels);
    embedded_.record(kernels);
    embedded_.hold_back(streams_.sorting);
    layer.prepare_update(workspace_, streams_.sorting);
    sorted_.record(streams_.sorting);
    launch(forward_kernel, kRows, kernels, model);
    launch(backward_kernel, kRows, kernels, model);
    launch(update_kernel, kDim + 1, kernels, model);
    sorted_.hold_back(kernels);
    layer.update({model.gradient}, workspace_, state, streams_.kernels);
    check(cudaStreamEndCapture(kernels, &graph), "end capture");
    check(cudaGraphInstantiate(&step_, graph, 0), "instantiate");
    check(cudaGraphDestroy(graph), "destroy");
  }

  /// Replays the graph behind the copy. The optimizer counts its steps outside of graphs.
  void step(sf::OptimizerState& state) {
    copied_.hold_back(streams_.kernels);
    state.advance(streams_.kernels);
    check(cudaGraphLaunch(step_, streams_.kernels), "graph launch");
    computed_.record(streams_.kernels);
  }

  void check_batch() const { workspace_.check(streams_.kernels); }

 private:
  const Streams& streams_;
  sf::Workspace workspace_;
  Array<float> labels_;
  Event copied_, computed_, embedded_, sorted_;
  cudaGraphExec_t step_ = nullptr;
};

/// Trains the model, and its table if that is `trainable`. Returns the last batch's loss.
double train(const sf::Backend& gpu, bool trainable) {
  const Streams streams;
  const sf::Stream stream = streams.kernels;
  const auto tokens = sf::sequence_categorical_column_with_hash_bucket("tokens", 1000);
  const sf::SequenceFeatures layer({sf::embedding_column(tokens, kDim, {.trainable = trainable})},
                                   gpu, {.max_length = kWidth, .padding = sf::Padding::max_length});
  sf::OptimizerState state(layer, sf::adagrad({.learning_rate = 0.1}));
  state.complete();  // nothing is allocated under capture

  // Everything that the loop needs, for the largest batch that it will see.
  const sf::Plan plan = layer.plan({.rows = kRows,
                                    .steps = kRows * kWidth,
                                    .tokens = kRows * kWidth,
                                    .bytes = kRows * kWidth * 8,
                                    .padded_steps = kWidth},
                                   sf::Emit::values, {.trains = true});
  Lane first_lane(gpu, plan, streams), second_lane(gpu, plan, streams);
  Lane* const lanes[] = {&first_lane, &second_lane};
  // The kernels of two batches never run at once, so that these are needed once.
  const Array<float> values(gpu, plan.values, stream), gradient(gpu, plan.values, stream);
  const Array<float> means(gpu, kRows * kDim, stream), weights(gpu, kDim + 1, stream);
  const Array<float> errors(gpu, kRows, stream), losses(gpu, kRows, stream);
  const Array<std::int64_t> lengths(gpu, kRows, stream);
  const sf::Outputs outputs{.values = values.data(), .lengths = lengths.data()};
  const Model model{values.data(), lengths.data(),  nullptr,       means.data(),
                    errors.data(), gradient.data(), losses.data(), weights.data()};
  check(cudaMemsetAsync(weights.data(), 0, (kDim + 1) * sizeof(float), streams.kernels), "memset");

  std::vector<Labelled> batches;
  for (std::uint32_t i = 0; i < kBatches; ++i) batches.push_back(make_batch(i));
  const auto batch = [&](int i) -> const Labelled& {
    return batches[static_cast<std::size_t>(i % kBatches)];
  };
  for (Lane* lane : lanes) {
    lane->pack(layer, batch(0));  // a graph is captured over a batch, whichever it is
    lane->capture(layer, state, outputs, model);
  }

  std::printf("%s table:", trainable ? "trained" : "frozen");
  double loss = 0;
  lanes[0]->pack(layer, batch(0));
  for (int i = 0; i < kSteps; ++i) {
    lanes[i % 2]->step(state);
    lanes[(i + 1) % 2]->pack(layer, batch(i + 1));
    if (i != 0 && i % 50 != 49) continue;
    loss = mean_loss(gpu, model, stream);
    std::printf("  step %d: %.4f", i + 1, loss);
  }
  std::printf("\n");
  for (const Lane* lane : lanes) lane->check_batch();
  gpu.synchronize(streams.copies);
  return loss;
}

}  // namespace

int main() {
  constexpr int kSkipped = 77;
  try {
    const sf::Backend gpu = sf::Backend::cuda(0);
    const double frozen = train(gpu, false);
    const double trained = train(gpu, true);
    std::printf("on %s: loss %.4f over a frozen table, %.4f over a trained one\n",
                gpu.description().c_str(), frozen, trained);
    return trained < frozen / 2 ? 0 : 1;
  } catch (const sf::DeviceUnavailable& reason) {
    std::printf("skipped: %s\n", reason.what());
    return kSkipped;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "training_loop: %s\n", error.what());
    return 1;
  }
}
