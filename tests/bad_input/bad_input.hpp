// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

// Bad input as a table: what is done, with what it is refused, what the refusal must say.

namespace seqfeat::test {

/// The exceptions of seqfeat by name; `none` is no exception, `foreign` one that is not ours.
enum class Refusal { none, invalid_argument, data_error, io_error, out_of_memory, foreign };

struct BadInput {
  std::string what;  ///< Also the test's name.
  Refusal expected;
  std::vector<std::string> words;  ///< That the message must hold.
  std::function<void()> act;
};

// One table a file.

[[nodiscard]] std::vector<BadInput> bad_columns();
[[nodiscard]] std::vector<BadInput> bad_specs();
[[nodiscard]] std::vector<BadInput> bad_records();
[[nodiscard]] std::vector<BadInput> bad_views();
[[nodiscard]] std::vector<BadInput> bad_sizes();
[[nodiscard]] std::vector<BadInput> bad_files();

}  // namespace seqfeat::test
