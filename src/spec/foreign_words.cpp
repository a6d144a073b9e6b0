// SPDX-License-Identifier: Apache-2.0
#include "spec/foreign_words.hpp"

#include <algorithm>
#include <array>

#include "backend/text.hpp"
#include "spec/near_names.hpp"
#include "spec/sources.hpp"

namespace seqfeat {
namespace {

// A function and its plural or older name stand beside each other.
constexpr auto kColumns = std::to_array<std::string_view>({
    "bucketized_column",
    "categorical_column_with_hash_bucket",
    "categorical_column_with_identity",
    "categorical_column_with_vocabulary_file",
    "categorical_column_with_vocabulary_list",
    "crossed_column",
    "numeric_column",
    "shared_embedding_columns",
    "shared_embeddings",
    "weighted_categorical_column",
});

constexpr auto kOptions = std::to_array<std::string_view>({
    "boundaries",
    "ckpt_to_load_from",
    "normalizer_fn",
    "shared_embedding_collection_name",
    "tensor_name_in_ckpt",
    "use_safe_embedding_lookup",
});

constexpr auto kInitializers = std::to_array<std::string_view>({
    "constant",
    "glorotnormal",
    "glorotuniform",
    "henormal",
    "heuniform",
    "identity",
    "lecunnormal",
    "lecununiform",
    "ones",
    "orthogonal",
    "randomnormal",
    "randomuniform",
    "uniformunitscaling",
    "variancescaling",
    "zeros",
});

template <class Words>
bool has(const Words& words, std::string_view word) noexcept {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

bool is_foreign_column(std::string_view type) noexcept {
  return has(kColumns, type);
}

bool is_foreign_option(std::string_view key) noexcept {
  return has(kOptions, key);
}

bool is_foreign_initializer(std::string_view type) {
  std::string plain;
  for (const char c : type) {
    if (c != '_') plain += detail::lower(c);
  }
  return has(kInitializers, plain);
}

std::string not_supported(std::string_view name) {
  const std::string sequence = "sequence_" + std::string(name);
  std::string out = '\'' + std::string(name) + "' is not supported; see docs/semantics.md";
  if (has(categorical_types(), sequence))
    out += did_you_mean(name, std::array{std::string_view(sequence)});
  return out;
}

}  // namespace seqfeat
