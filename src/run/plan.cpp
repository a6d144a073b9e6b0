// SPDX-License-Identifier: Apache-2.0
#include "run/plan.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "backend/concat.hpp"
#include "run/arrow_files.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

void check_names(const std::vector<std::string>& keep) {
  for (auto key = keep.begin(); key != keep.end(); ++key) {
    if (key->empty() || std::find(keep.begin(), key, *key) != key) {
      throw InvalidArgument(concat("--keep: got '", *key, "', expected names, each once"));
    }
  }
}

/// What is emitted must fit together and must exist.
void check_emit(const RunOptions& options) {
  const EmitSet& emit = options.emit;
  if (emit.ragged && (emit.values || emit.mask)) {
    throw InvalidArgument(
        "--emit: got ragged beside values or mask, expected one of the two forms: ragged has no "
        "padding, values and mask have");
  }
  if (!emit.needs_tables() && options.save_tables) {
    throw InvalidArgument(
        "--save-tables: got an --emit without values, for which no table is made");
  }
  for (const Column& column : options.spec.columns) {
    if (emit.needs_tables() && std::holds_alternative<CategoricalColumn>(column)) {
      throw InvalidArgument(concat("column ", name_of(column), ": got --emit ",
                                   emit.ragged ? "ragged" : "values",
                                   " and a bare categorical column, which has none; embed it, or "
                                   "ask for --emit ids,lengths,mask"));
    }
  }
}

void check_numbers(const RunOptions& options) {
  if (options.batch_size < 1) {
    throw InvalidArgument(concat("--batch-size: got ", options.batch_size, ", expected >= 1"));
  }
  if (options.on_error.most < 0) {
    throw InvalidArgument(concat("--max-errors: got ", options.on_error.most, ", expected >= 0"));
  }
}

void check_resumable(const RunOptions& options, const Input& input) {
  if (options.existing != Existing::resume) return;
  for (const InputFile& file : input.files) {
    if (file.bytes) continue;
    throw InvalidArgument(
        concat("--resume: got ", file.name, ", which cannot be read again, expected files"));
  }
}

void check_filter(const RunOptions& options, const Input& input) {
  if (holds_columns(input.format) || options.arrow_files == nullptr) return;
  if (const std::string filter = options.arrow_files->filter(); !filter.empty()) {
    throw InvalidArgument(concat("filter: got ", filter, " for ", to_string(input.format),
                                 ", expected one for parquet or arrow only"));
  }
}

}  // namespace

void RunPlan::warn(const std::string& text) {
  if (options.warn) options.warn(text);
  warnings.push_back(text);
}

RunPlan make_plan(const RunOptions& options, const std::stop_token& stop) {
  check_numbers(options);
  check_names(options.keep);
  check_emit(options);
  Input input = open_input(options.files, options.input_format, options.shard, options.arrow_files);
  check_filter(options, input);
  check_resumable(options, input);
  auto tables = std::make_unique<Tables>();
  if (options.emit.needs_tables()) *tables = open_tables(options, stop);
  auto hashes = std::make_shared<TableHashes>(*tables, stop);
  MadeFrom made_from(options, input.format, std::move(hashes));
  RunPlan plan{
      .options = options,
      .read = {options.spec, std::move(input), options.keep, options.batch_size, options.on_error},
      .tables = std::move(tables),
      .made_from = std::move(made_from)};
  if (!options.emit.needs_tables() && !options.tables.empty()) {
    plan.warn("--tables: not read, for --emit asks for no values");
  }
  for (const std::string& warning : plan.tables->warnings) plan.warn(warning);
  return plan;
}

}  // namespace seqfeat::run
