// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

// A consumer of the layer in plain loops: Keras' SimpleRNN under a mask.

namespace seqfeat::examples {

/// The weights of a SimpleRNN with tanh.
struct SimpleRnn {
  std::size_t inputs = 0;        ///< D
  std::size_t units = 0;         ///< H
  std::vector<float> kernel;     ///< [D, H]
  std::vector<float> recurrent;  ///< [H, H]
  std::vector<float> bias;       ///< [H]
};

/// What it answers: the output of every step, the last one, and the state.
struct RnnOutputs {
  std::vector<float> sequence;  ///< [B, T, H]
  std::vector<float> last;      ///< [B, H]; the state is the same
};

/// state(t) = tanh(values(t) * kernel + state(t - 1) * recurrent + bias), where the mask is true.
/// A masked step keeps the state and repeats the last output that was not masked, zeros before the
/// first one.
///
/// Shapes   values [B, T, D], mask [B, T].
inline RnnOutputs run_masked(const SimpleRnn& rnn, std::size_t rows, std::size_t width,
                             std::span<const float> values, std::span<const std::uint8_t> mask) {
  RnnOutputs out;
  out.sequence.resize(rows * width * rnn.units);
  out.last.resize(rows * rnn.units);
  std::vector<float> state(rnn.units);
  for (std::size_t b = 0; b < rows; ++b) {
    state.assign(rnn.units, 0.0F);
    for (std::size_t t = 0; t < width; ++t) {
      const std::size_t slot = b * width + t;
      if (mask[slot] != 0) {
        std::vector<float> next(rnn.units);
        for (std::size_t h = 0; h < rnn.units; ++h) {
          double sum = rnn.bias[h];
          for (std::size_t d = 0; d < rnn.inputs; ++d) {
            sum += double{values[slot * rnn.inputs + d]} * rnn.kernel[d * rnn.units + h];
          }
          for (std::size_t u = 0; u < rnn.units; ++u) {
            sum += double{state[u]} * rnn.recurrent[u * rnn.units + h];
          }
          next[h] = static_cast<float>(std::tanh(sum));
        }
        state = next;
      }
      for (std::size_t h = 0; h < rnn.units; ++h) out.sequence[slot * rnn.units + h] = state[h];
    }
    for (std::size_t h = 0; h < rnn.units; ++h) out.last[b * rnn.units + h] = state[h];
  }
  return out;
}

}  // namespace seqfeat::examples
