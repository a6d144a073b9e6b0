// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

// A small model on top of the layer, in plain loops: Keras' SimpleRNN under a mask, a dense layer
// over its last output, softmax, cross entropy; and back again. Any framework could stand here.

namespace seqfeat::examples {

/// Weights with their gradient and Adam's moments.
struct Weights {
  explicit Weights(std::size_t count)
      : at(count), gradient(count), moment1(count), moment2(count) {}

  /// Uniform in [-limit, limit].
  void fill(std::mt19937& random, float limit) {
    for (float& w : at) {
      w = (static_cast<float>(random()) / 4294967296.0F * 2.0F - 1.0F) * limit;
    }
  }
  void step(double learning_rate, std::int64_t step) {
    const auto t = static_cast<double>(step);
    const auto alpha = static_cast<float>(learning_rate * std::sqrt(1 - std::pow(0.999, t)) /
                                          (1 - std::pow(0.9, t)));
    for (std::size_t i = 0; i < at.size(); ++i) {
      const float g = gradient[i];
      moment1[i] = 0.9F * moment1[i] + 0.1F * g;
      moment2[i] = 0.999F * moment2[i] + 0.001F * g * g;
      at[i] -= alpha * moment1[i] / (std::sqrt(moment2[i]) + 1e-8F);
    }
  }

  std::vector<float> at, gradient, moment1, moment2;
};

class RnnClassifier {
 public:
  RnnClassifier(std::size_t inputs, std::size_t units, std::size_t classes)
      : inputs_(inputs),
        units_(units),
        classes_(classes),
        kernel(inputs * units),
        recurrent(units * units),
        bias(units),
        dense(units * classes),
        dense_bias(classes) {
    std::mt19937 random(1);
    kernel.fill(random, 0.3F);
    recurrent.fill(random, 0.15F);
    dense.fill(random, 0.2F);
  }

  struct Result {
    double loss = 0;  ///< Summed over rows.
    std::int64_t correct = 0;
  };

  /// One batch: `values` [B, T, D], `mask` [B, T], `labels` [B]. Where `output_gradient` is not
  /// empty it gets the gradient of the mean loss by `values`, and the weights get theirs.
  Result run(std::size_t rows, std::size_t width, std::span<const float> values,
             std::span<const std::uint8_t> mask, std::span<const int> labels,
             std::span<float> output_gradient) {
    for (Weights* weights : all()) weights->gradient.assign(weights->at.size(), 0.0F);
    Result result;
    std::vector<float> states((width + 1) * units_);
    std::vector<float> back(units_);
    for (std::size_t b = 0; b < rows; ++b) {
      const float* x = values.data() + b * width * inputs_;
      const std::uint8_t* seen = mask.data() + b * width;
      forward(x, seen, width, states);
      std::vector<float> scores = scores_of(states.data() + width * units_);
      const auto label = static_cast<std::size_t>(labels[b]);
      result.loss += softmax(scores, label);
      result.correct += std::max_element(scores.begin(), scores.end()) ==
                                scores.begin() + static_cast<std::ptrdiff_t>(label)
                            ? 1
                            : 0;
      if (output_gradient.empty()) continue;
      scores[label] -= 1.0F;
      for (float& score : scores) score /= static_cast<float>(rows);
      back.assign(units_, 0.0F);
      for (std::size_t c = 0; c < classes_; ++c) {
        dense_bias.gradient[c] += scores[c];
        for (std::size_t u = 0; u < units_; ++u) {
          dense.gradient[u * classes_ + c] += scores[c] * states[width * units_ + u];
          back[u] += scores[c] * dense.at[u * classes_ + c];
        }
      }
      backward(x, seen, width, states, back, output_gradient.data() + b * width * inputs_);
    }
    return result;
  }

  void step(double learning_rate, std::int64_t step) {
    for (Weights* weights : all()) weights->step(learning_rate, step);
  }

  [[nodiscard]] std::vector<Weights*> all() {
    return {&kernel, &recurrent, &bias, &dense, &dense_bias};
  }

 private:
  void forward(const float* x, const std::uint8_t* seen, std::size_t width,
               std::vector<float>& states) const {
    std::fill_n(states.begin(), units_, 0.0F);
    for (std::size_t t = 0; t < width; ++t) {
      const float* before = states.data() + t * units_;
      float* after = states.data() + (t + 1) * units_;
      if (seen[t] == 0) {
        std::copy_n(before, units_, after);
        continue;
      }
      std::copy(bias.at.begin(), bias.at.end(), after);
      add_product(x + t * inputs_, inputs_, kernel.at.data(), after);
      add_product(before, units_, recurrent.at.data(), after);
      for (std::size_t u = 0; u < units_; ++u) after[u] = std::tanh(after[u]);
    }
  }

  void backward(const float* x, const std::uint8_t* seen, std::size_t width,
                const std::vector<float>& states, std::vector<float>& back, float* dx) {
    std::vector<float> inner(units_);
    for (std::size_t t = width; t-- > 0;) {
      if (seen[t] == 0) continue;
      const float* before = states.data() + t * units_;
      const float* after = before + units_;
      for (std::size_t u = 0; u < units_; ++u) {
        inner[u] = back[u] * (1.0F - after[u] * after[u]);
        bias.gradient[u] += inner[u];
      }
      back_product(x + t * inputs_, inputs_, kernel, inner, dx + t * inputs_);
      back_product(before, units_, recurrent, inner, back.data());
    }
  }

  /// out += in * matrix
  void add_product(const float* in, std::size_t count, const float* matrix, float* out) const {
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t u = 0; u < units_; ++u) out[u] += in[i] * matrix[i * units_ + u];
    }
  }
  /// The matrix's gradient, and that of `in`.
  void back_product(const float* in, std::size_t count, Weights& matrix,
                    const std::vector<float>& inner, float* din) const {
    for (std::size_t i = 0; i < count; ++i) {
      float sum = 0.0F;
      for (std::size_t u = 0; u < units_; ++u) {
        matrix.gradient[i * units_ + u] += in[i] * inner[u];
        sum += matrix.at[i * units_ + u] * inner[u];
      }
      din[i] = sum;
    }
  }
  [[nodiscard]] std::vector<float> scores_of(const float* state) const {
    std::vector<float> scores = dense_bias.at;
    for (std::size_t u = 0; u < units_; ++u) {
      for (std::size_t c = 0; c < classes_; ++c) scores[c] += state[u] * dense.at[u * classes_ + c];
    }
    return scores;
  }
  /// Scores become probabilities; returns the cross entropy with the label.
  static double softmax(std::vector<float>& scores, std::size_t label) {
    const float most = *std::max_element(scores.begin(), scores.end());
    float sum = 0.0F;
    for (float& score : scores) sum += score = std::exp(score - most);
    for (float& score : scores) score /= sum;
    return -std::log(static_cast<double>(scores[label]) + 1e-30);
  }

  std::size_t inputs_, units_, classes_;

 public:
  Weights kernel, recurrent, bias, dense, dense_bias;
};

}  // namespace seqfeat::examples
