// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "run/arrow_files.hpp"
#include "run/input.hpp"
#include "run/part_form.hpp"
#include "seqfeat/batch.hpp"
#include "seqfeat/spec_json.hpp"

namespace seqfeat::run {

/// The tensors that a part holds.
struct EmitSet {
  bool values = false;
  bool lengths = false;
  bool mask = false;
  bool ids = false;
  bool ragged = false;

  /// What to ask the layer for.
  [[nodiscard]] Emit emit() const noexcept;

  [[nodiscard]] bool needs_tables() const noexcept { return values || ragged; }

  /// The names that are set, in the order in which parts hold them.
  [[nodiscard]] std::vector<std::string> names() const;
};

/// The set of these names.
///
/// Throws   InvalidArgument for an unknown name, or if there are no names.
[[nodiscard]] EmitSet emit_set_from(const std::vector<std::string>& names);

/// What to do with a directory that is not empty.
enum class Existing : std::uint8_t { refuse, resume, overwrite };

/// What to do with a record that cannot be used.
struct ErrorPolicy {
  bool skip = false;         ///< Leave it out and note it in `rejected.jsonl`; otherwise fail.
  std::int64_t most = 1000;  ///< How many may be left out.
};

/// The options of `run`, unchecked; `make_plan` checks them.
struct RunOptions {
  Spec spec;
  std::vector<std::string> files;
  std::string input_format{};  ///< As `open_input` takes it.
  std::shared_ptr<ArrowFiles> arrow_files{};
  Shard shard{};
  std::filesystem::path output;
  std::shared_ptr<PartForm> form{};  ///< Of parts that are no safetensors.
  std::int64_t batch_size = 1024;
  EmitSet emit{.values = true, .lengths = true, .mask = true};
  std::vector<std::string> keep{};
  ErrorPolicy on_error{};
  std::vector<std::filesystem::path> tables{};
  bool init_missing = false;
  std::optional<std::filesystem::path> save_tables{};
  Existing existing = Existing::refuse;

  /// A finished run beside the output, on the same file system. Its parts and its manifest are
  /// moved into the output at the end of the input, in place of those of this run. Empty: none.
  std::filesystem::path publish{};

  /// Called with notes for the user; may be empty.
  std::function<void(const std::string&)> warn{};
};

/// Reads the spec in `file`; "-" is standard input.
///
/// Throws   InvalidArgument naming the file and what is wrong with it.
[[nodiscard]] Spec read_spec(const std::string& file);

}  // namespace seqfeat::run
