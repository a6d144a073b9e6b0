// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

// Words of TensorFlow's feature columns that are not supported here. Readers of JSON say so; "did
// you mean 'embedding_column'?" would call them spelling mistakes.

namespace seqfeat {

[[nodiscard]] bool is_foreign_column(std::string_view type) noexcept;
[[nodiscard]] bool is_foreign_option(std::string_view key) noexcept;

/// Initializers are known by both of their spellings: `random_normal` and `RandomNormal`.
[[nodiscard]] bool is_foreign_initializer(std::string_view type);

/// `'name' is not supported; see docs/semantics.md`, with its sequence column if there is one.
[[nodiscard]] std::string not_supported(std::string_view name);

}  // namespace seqfeat
