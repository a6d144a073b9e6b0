// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#ifdef SEQFEAT_BENCH_ABSL
#include <absl/container/flat_hash_map.h>
#endif

#include "bench/cpu/inputs.hpp"
#include "bench/cpu/workload.hpp"
#include "bench/inputs.hpp"
#include "seqfeat/seqfeat.hpp"

// vocabulary/…: tokens become their places in a list, beside hash maps over the same words.

namespace seqfeat::bench {
namespace {

constexpr std::int64_t kSteps = 256;

template <class Map>
void fill(Map& map, const std::vector<std::string>& words) {
  map.clear();
  for (std::size_t i = 0; i < words.size(); ++i) map[words[i]] = static_cast<std::int64_t>(i);
}

using StdMap = std::unordered_map<std::string_view, std::int64_t>;
#ifdef SEQFEAT_BENCH_ABSL
using AbslMap = absl::flat_hash_map<std::string_view, std::int64_t>;
#endif

struct VocabularyState {
  std::vector<std::string> words;
  Strings text;
  std::vector<std::int64_t> offsets, row_offsets, theirs;
  Features features;
  std::unique_ptr<SequenceFeatures> layer;
  std::unique_ptr<Workspace> workspace;
  Buffer ids, lengths;

  [[nodiscard]] Column column() const {
    return sequence_categorical_column_with_vocabulary_list("tokens", words);
  }
};

/// Half of the first words of the language in which texts are invented.
std::vector<std::string> every_second_word(std::int64_t size) {
  const std::vector<std::string> all = invented_words(2 * size);
  std::vector<std::string> words;
  for (std::size_t i = 0; i < all.size(); i += 2) words.push_back(all[i]);
  return words;
}

/// Every second word of a text, in the order in which they first occur.
std::vector<std::string> every_second_word(const Strings& text) {
  std::unordered_set<std::string_view> seen;
  std::vector<std::string> words;
  for (std::size_t i = 0; i + 1 < text.offsets.size(); ++i) {
    const auto begin = static_cast<std::size_t>(text.offsets[i]);
    const auto end = static_cast<std::size_t>(text.offsets[i + 1]);
    const std::string_view word = std::string_view(text.bytes).substr(begin, end - begin);
    if (seen.insert(word).second && seen.size() % 2 == 1) words.emplace_back(word);
  }
  return words;
}

/// The words of the text, one by one, by a map of another library.
template <class Map>
CpuBaseline lookups_in(std::string name, const std::shared_ptr<VocabularyState>& state) {
  auto map = std::make_shared<Map>();
  fill(*map, state->words);
  return {std::move(name), [state, map] {
            const char* const bytes = state->text.bytes.data();
            for (std::size_t i = 0; i < state->theirs.size(); ++i) {
              const auto begin = static_cast<std::size_t>(state->offsets[i]);
              const auto end = static_cast<std::size_t>(state->offsets[i + 1]);
              const auto found = map->find(std::string_view(bytes + begin, end - begin));
              state->theirs[i] = found == map->end() ? -1 : found->second;
            }
          }};
}

CpuJob lookup_job(const CpuContext& context, std::vector<std::string> words, Strings text) {
  auto state = std::make_shared<VocabularyState>();
  state->words = std::move(words);
  state->text = std::move(text);
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
  state->theirs.resize(static_cast<std::size_t>(count));
  state->layer =
      std::make_unique<SequenceFeatures>(std::vector<Column>{state->column()}, context.backend);
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
#ifdef SEQFEAT_BENCH_ABSL
  job.baselines.push_back(lookups_in<AbslMap>("absl::flat_hash_map", state));
#endif
  job.baselines.push_back(lookups_in<StdMap>("std::unordered_map", state));
  job.difference = [state] {
    const auto* const ids = state->ids.as<std::int64_t>();
    return std::string(std::equal(state->theirs.begin(), state->theirs.end(), ids)
                           ? ""
                           : "ids differ from those of a hash map");
  };
  return job;
}

CpuJob invented_job(const CpuContext& context, std::int64_t words) {
  return lookup_job(context, every_second_word(words),
                    invented_text(context.scaled(4'000'000, 16'384) / kSteps * kSteps, 29));
}

CpuJob set_mm_job(const CpuContext& context) {
  Strings text = tokens_of(context.tokens, context.scaled(4'000'000, 16'384) / kSteps * kSteps);
  std::vector<std::string> words = every_second_word(text);
  return lookup_job(context, std::move(words), std::move(text));
}

CpuJob load_job(const CpuContext& context) {
  const std::int64_t words = context.scaled(1'000'000, 1'000);
  auto state = std::make_shared<VocabularyState>();
  state->words = every_second_word(words);
  CpuJob job;
  job.tokens = words;
  for (const std::string& word : state->words) job.bytes += std::ssize(word) + 24;
  job.ours = [state, column = state->column(), backend = context.backend] {
    state->layer = std::make_unique<SequenceFeatures>(std::vector<Column>{column}, backend);
  };
#ifdef SEQFEAT_BENCH_ABSL
  job.baselines.push_back(
      {"absl::flat_hash_map", [state, map = AbslMap()]() mutable { fill(map, state->words); }});
#endif
  job.baselines.push_back(
      {"std::unordered_map", [state, map = StdMap()]() mutable { fill(map, state->words); }});
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_vocabulary_workloads() {
  return {cpu_workload("vocabulary/setmm", set_mm_job),
          cpu_workload("vocabulary/words1000", invented_job, std::int64_t{1'000}),
          cpu_workload("vocabulary/words32768", invented_job, std::int64_t{32'768}),
          cpu_workload("vocabulary/load", load_job)};
}

}  // namespace seqfeat::bench
