// SPDX-License-Identifier: Apache-2.0
// The layer inside a training loop: two CUDA graphs, nothing allocated in the loop.
//
// The task: tell rows that hold the token "good" from rows that do not. The model is logistic
// regression over the mean of a row's vectors. Each step packs a batch of another size into a
// workspace and replays its graph: the layer's kernels, then the two of the model.
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
constexpr int kDim = 16;
constexpr int kBatches = 8;
constexpr int kSteps = 400;
constexpr float kRate = 4.0F;

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

/// What one batch in flight occupies.
class Lane {
 public:
  Lane(const sf::Backend& gpu, const sf::Plan& plan, sf::Stream copies)
      : workspace_(gpu, plan, copies), labels_(gpu, kRows, copies) {
    for (cudaEvent_t* event : {&copied_, &computed_}) {
      check(cudaEventCreateWithFlags(event, cudaEventDisableTiming), "event");
    }
  }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;
  Lane(Lane&&) = delete;
  Lane& operator=(Lane&&) = delete;
  ~Lane() {
    cudaGraphExecDestroy(step_);
    cudaEventDestroy(copied_);
    cudaEventDestroy(computed_);
  }

  /// Packs the batch and copies it, as soon as the kernels of this lane's last batch are done.
  void pack(const sf::SequenceFeatures& layer, const Labelled& batch, cudaStream_t copies) {
    check(cudaStreamWaitEvent(copies, computed_, 0), "wait");
    layer.pack(batch.features, workspace_, sf::Stream(copies));
    layer.backend().copy(labels_.data(), batch.labels.data(), kRows * 4, sf::Stream(copies));
    check(cudaEventRecord(copied_, copies), "record");
  }

  /// Captures what `compute` and the model enqueue. The copy of `pack` stays outside.
  void capture(const sf::SequenceFeatures& layer, const sf::Outputs& outputs, Model model,
               cudaStream_t kernels) {
    model.labels = labels_.data();
    cudaGraph_t graph = nullptr;
    check(cudaStreamBeginCapture(kernels, cudaStreamCaptureModeThreadLocal), "begin capture");
    layer.compute(outputs, workspace_, sf::Stream(kernels));
    launch(forward_kernel, kRows, kernels, model);
    launch(update_kernel, kDim + 1, kernels, model);
    check(cudaStreamEndCapture(kernels, &graph), "end capture");
    check(cudaGraphInstantiate(&step_, graph, 0), "instantiate");
    check(cudaGraphDestroy(graph), "destroy");
  }

  /// Replays the graph behind the copy.
  void compute(cudaStream_t kernels) {
    check(cudaStreamWaitEvent(kernels, copied_, 0), "wait");
    check(cudaGraphLaunch(step_, kernels), "graph launch");
    check(cudaEventRecord(computed_, kernels), "record");
  }

  void check_batch(sf::Stream stream) const { workspace_.check(stream); }

 private:
  sf::Workspace workspace_;
  Array<float> labels_;
  cudaEvent_t copied_ = nullptr, computed_ = nullptr;
  cudaGraphExec_t step_ = nullptr;
};

bool train(const sf::Backend& gpu, cudaStream_t copies, cudaStream_t kernels) {
  const sf::Stream stream(kernels);
  const auto tokens = sf::sequence_categorical_column_with_hash_bucket("tokens", 1000);
  const sf::SequenceFeatures layer({sf::embedding_column(tokens, kDim)}, gpu,
                                   {.max_length = kWidth, .padding = sf::Padding::max_length});

  // Everything that the loop needs, for the largest batch that it will see.
  const sf::Plan plan = layer.plan({.rows = kRows,
                                    .steps = kRows * kWidth,
                                    .tokens = kRows * kWidth,
                                    .bytes = kRows * kWidth * 8,
                                    .padded_steps = kWidth});
  Lane first_lane(gpu, plan, sf::Stream(copies)), second_lane(gpu, plan, sf::Stream(copies));
  Lane* const lanes[] = {&first_lane, &second_lane};
  // The kernels of two batches never run at once, so that these are needed once.
  const Array<float> values(gpu, plan.values, stream), means(gpu, kRows * kDim, stream);
  const Array<float> errors(gpu, kRows, stream), losses(gpu, kRows, stream);
  const Array<float> weights(gpu, kDim + 1, stream);
  const Array<std::int64_t> lengths(gpu, kRows, stream);
  const sf::Outputs outputs{.values = values.data(), .lengths = lengths.data()};
  const Model model{values.data(), lengths.data(), nullptr,       means.data(),
                    errors.data(), losses.data(),  weights.data()};
  check(cudaMemsetAsync(weights.data(), 0, (kDim + 1) * sizeof(float), kernels), "memset");

  std::vector<Labelled> batches;
  for (std::uint32_t i = 0; i < kBatches; ++i) batches.push_back(make_batch(i));
  const auto batch = [&](int i) -> const Labelled& {
    return batches[static_cast<std::size_t>(i % kBatches)];
  };
  for (Lane* lane : lanes) {
    lane->pack(layer, batch(0), copies);  // a graph is captured over a batch, whichever it is
    lane->capture(layer, outputs, model, kernels);
  }

  double first = 0;
  double last = 0;
  lanes[0]->pack(layer, batch(0), copies);
  for (int i = 0; i < kSteps; ++i) {
    lanes[i % 2]->compute(kernels);
    lanes[(i + 1) % 2]->pack(layer, batch(i + 1), copies);
    if (i == 0) first = mean_loss(gpu, model, stream);
    if (i % 100 == 99) {
      last = mean_loss(gpu, model, stream);
      std::printf("step %3d: loss %.4f\n", i + 1, last);
    }
  }
  for (const Lane* lane : lanes) lane->check_batch(stream);
  gpu.synchronize(sf::Stream(copies));
  std::printf("on %s: loss %.4f at first, %.4f at last\n", gpu.description().c_str(), first, last);
  return last < first / 2;
}

}  // namespace

int main() {
  constexpr int kSkipped = 77;
  try {
    const sf::Backend gpu = sf::Backend::cuda(0);
    cudaStream_t copies = nullptr;
    cudaStream_t kernels = nullptr;
    for (cudaStream_t* stream : {&copies, &kernels}) {
      check(cudaStreamCreateWithFlags(stream, cudaStreamNonBlocking), "stream");
    }
    const bool learned = train(gpu, copies, kernels);
    for (cudaStream_t stream : {copies, kernels}) check(cudaStreamDestroy(stream), "stream");
    return learned ? 0 : 1;
  } catch (const sf::DeviceUnavailable& reason) {
    std::printf("skipped: %s\n", reason.what());
    return kSkipped;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "training_loop: %s\n", error.what());
    return 1;
  }
}
