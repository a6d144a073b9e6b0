// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cpu/hash_paths.hpp"
#include "cpu/ops.hpp"

// Ids of every source but the hash, which has faster ways (see hash_paths.hpp).

namespace seqfeat::cpu {

namespace {

/// Ids of strings by a vocabulary. Fingerprints are made many at once, and stand where the ids
/// will; the slots of a large table are asked for some tokens ahead, for each stands anywhere.
void find_words_scalar(const IdSource& source, const RaggedView& view, std::int64_t begin,
                       std::int64_t end, std::int64_t* ids) noexcept {
  constexpr std::int64_t kAtOnce = 512;
  const std::int64_t ahead = asks_for_slots(source) ? 8 : 0;
  const auto* table = reinterpret_cast<const VocabularySlot*>(source.data);
  const auto slots = static_cast<std::uint64_t>(vocabulary_slots(source.words));
  const auto ask_for = [&](std::int64_t i) {
    __builtin_prefetch(table + multiply_high(static_cast<std::uint64_t>(ids[i]), slots));
  };
  for (std::int64_t first = begin; first < end; first += kAtOnce) {
    const std::int64_t last = std::min(end, first + kAtOnce);
    hash_range(fingerprints_of(view, ids), first, last);
    for (std::int64_t i = first; i < std::min(last, first + ahead); ++i) ask_for(i);
    for (std::int64_t i = first; i < last; ++i) {
      if (ahead > 0 && i + ahead < last) ask_for(i + ahead);
      ids[i] =
          vocabulary_id_of(source, detail::token_of(view, i), static_cast<std::uint64_t>(ids[i]));
    }
  }
}

void find_words(const IdSource& source, const RaggedView& view, std::int64_t begin,
                std::int64_t end, std::int64_t* ids) noexcept {
#if defined(__x86_64__)
  const std::int64_t slots = vocabulary_slots(source.words);
  // Vectors read 16 bytes of a token and of a word, and number slots in 32 bits.
  if (detail::in_use(detail::Part::hashing) == Simd::avx512 && view.bytes >= 16 &&
      source.data_bytes - slots * std::int64_t{sizeof(VocabularySlot)} >= 16 && slots >> 32 == 0) {
    return find_words_avx512(source, view, begin, end, ids);
  }
#endif
  find_words_scalar(source, view, begin, end, ids);
}

}  // namespace

void map_range(const IdSource& source, const RaggedView& view, std::int64_t begin, std::int64_t end,
               std::int64_t* ids) noexcept {
  if (source.kind == IdKind::vocabulary && !is_integer(view.dtype)) {
    return find_words(source, view, begin, end, ids);
  }
  for (std::int64_t i = begin; i < end; ++i) ids[i] = id_of(source, detail::token_of(view, i));
}

void cross_range(const detail::BatchFeature* features, const detail::ColumnData& column,
                 std::int64_t begin, std::int64_t end, std::int64_t* ids) noexcept {
  const detail::BatchFeature& feature = features[column.feature];
  for (std::int64_t step = begin; step < end; ++step) {
    const StepRange values = values_of_step(feature.view, step);
    for (std::int64_t place = 0; place < values.count; ++place) {
      ids[values.begin + place] =
          crossed_id_of(features, feature, column.source, step, values.count, place);
    }
  }
}

void map(ThreadPool& pool, const detail::MapArgs& args) {
  IdSource source = args.source;
  source.data = args.text;
  const RaggedView& view = args.view;
  const std::int64_t mean_bytes = view.bytes / std::max<std::int64_t>(view.value_count, 1);
  const Chunks chunks(view.value_count, 16 + mean_bytes, pool.threads());
  pool.run(chunks.count, [&](std::int64_t chunk) {
    const std::int64_t begin = chunk * chunks.size;
    const std::int64_t end = std::min(view.value_count, begin + chunks.size);
    for (std::int64_t i = begin; i < end; ++i) {
      args.out[i] = keyed_id_of(source, detail::token_of(view, i));
    }
  });
}

void close_up(const RaggedView& view, std::int64_t begin, std::int64_t end,
              std::int64_t* ids) noexcept {
  for (std::int64_t step = begin; step < end; ++step) {
    const StepRange values = values_of_step(view, step);
    std::int64_t* const first = ids + values.begin;
    std::int64_t* const last = first + values.count;
    std::fill(std::remove_if(first, last, [](std::int64_t id) { return id < 0; }), last, -1);
  }
}

}  // namespace seqfeat::cpu
