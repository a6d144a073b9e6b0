// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/cpu/inputs.hpp"
#include "bench/cpu/workload.hpp"
#include "bench/inputs.hpp"
#include "seqfeat/seqfeat.hpp"

// vocabulary/…: tokens of an invented text become their places in a list, beside a hash map of the
// standard library's over the same words.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kSteps = 256;

struct VocabularyState {
  std::vector<std::string> words;
  std::unordered_map<std::string_view, std::int64_t> map;
  Strings text;
  std::vector<std::int64_t> offsets, row_offsets, baseline_ids;
  Features features;
  std::unique_ptr<SequenceFeatures> layer;
  std::unique_ptr<Workspace> workspace;
  Buffer ids, lengths;

  /// Every second of the text's words, so that half of them are not there.
  explicit VocabularyState(std::int64_t size) {
    const std::vector<std::string> all = invented_words(2 * size);
    for (std::size_t i = 0; i < all.size(); i += 2) words.push_back(all[i]);
    for (std::size_t i = 0; i < words.size(); ++i) map[words[i]] = static_cast<std::int64_t>(i);
  }
};

Column column_of(const VocabularyState& state) {
  return sequence_categorical_column_with_vocabulary_list("tokens", state.words);
}

CpuJob lookup_job(const CpuContext& context, std::int64_t words) {
  auto state = std::make_shared<VocabularyState>(words);
  state->text = invented_text(context.scaled(4'000'000, 16'384) / kSteps * kSteps, 29);
  state->offsets.assign(state->text.offsets.begin(), state->text.offsets.end());
  const std::int64_t count = state->text.count();
  for (std::int64_t at = 0; at <= count; at += kSteps) state->row_offsets.push_back(at);
  RaggedView view;
  view.row_offsets = offsets_of(state->row_offsets);
  view.byte_offsets = offsets_of(state->offsets);
  view.data = state->text.bytes.data();
  view.value_count = count;
  view.bytes = std::ssize(state->text.bytes);
  view.trusted = true;
  state->features.set("tokens", view);
  state->baseline_ids.resize(static_cast<std::size_t>(count));
  state->layer =
      std::make_unique<SequenceFeatures>(std::vector<Column>{column_of(*state)}, context.backend);
  const Plan plan = state->layer->plan(state->layer->measure(state->features), Emit::ids);
  state->workspace = std::make_unique<Workspace>(context.backend, plan, kHostStream);
  state->ids = Buffer(context.backend.memory(), count * 8, kHostStream);
  state->lengths = Buffer(context.backend.memory(), count / kSteps * 8, kHostStream);

  CpuJob job;
  job.tokens = count;
  job.bytes = view.bytes + 16 * count;
  job.ours = [state] {
    Outputs outputs;
    outputs.ids = state->ids.as<std::int64_t>();
    outputs.lengths = state->lengths.as<std::int64_t>();
    (void)(*state->layer)(state->features, outputs, *state->workspace, kHostStream);
  };
  job.baselines.push_back({"std::unordered_map", [state] {
                             const char* const bytes = state->text.bytes.data();
                             for (std::size_t i = 0; i < state->baseline_ids.size(); ++i) {
                               const auto begin = static_cast<std::size_t>(state->offsets[i]);
                               const auto end = static_cast<std::size_t>(state->offsets[i + 1]);
                               const auto found = state->map.find({bytes + begin, end - begin});
                               state->baseline_ids[i] =
                                   found == state->map.end() ? -1 : found->second;
                             }
                           }});
  job.difference = [state] {
    const auto* const ids = state->ids.as<std::int64_t>();
    return std::string(std::equal(state->baseline_ids.begin(), state->baseline_ids.end(), ids)
                           ? ""
                           : "ids differ from those of std::unordered_map");
  };
  return job;
}

CpuJob load_job(const CpuContext& context) {
  const std::int64_t words = context.scaled(1'000'000, 1'000);
  auto state = std::make_shared<VocabularyState>(words);
  CpuJob job;
  job.tokens = words;
  for (const std::string& word : state->words) job.bytes += std::ssize(word) + 24;
  job.ours = [state, column = column_of(*state), backend = context.backend] {
    state->layer = std::make_unique<SequenceFeatures>(std::vector<Column>{column}, backend);
  };
  job.baselines.push_back({"std::unordered_map", [state] {
                             state->map.clear();
                             for (std::size_t i = 0; i < state->words.size(); ++i) {
                               state->map[state->words[i]] = static_cast<std::int64_t>(i);
                             }
                           }});
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_vocabulary_workloads() {
  return {cpu_workload("vocabulary/words1000", lookup_job, std::int64_t{1'000}),
          cpu_workload("vocabulary/words32768", lookup_job, std::int64_t{32'768}),
          cpu_workload("vocabulary/load", load_job)};
}

}  // namespace seqfeat::bench
