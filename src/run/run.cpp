// SPDX-License-Identifier: Apache-2.0
#include "run/run.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "backend/concat.hpp"
#include "run/directory.hpp"
#include "run/manifest.hpp"
#include "run/pipeline.hpp"
#include "run/tables.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

void check(const RunOptions& options) {
  if (options.batch_size < 1) {
    throw InvalidArgument(concat("--batch-size: got ", options.batch_size, ", expected >= 1"));
  }
  for (auto key = options.keep.begin(); key != options.keep.end(); ++key) {
    if (key->empty() || std::find(options.keep.begin(), key, *key) != key) {
      throw InvalidArgument(concat("--keep: got '", *key, "', expected names, each once"));
    }
  }
  const auto& files = options.input.files;
  const auto pipe =
      std::find_if(files.begin(), files.end(), [](const auto& f) { return !f.bytes; });
  if (options.existing == Existing::resume && pipe != files.end()) {
    throw InvalidArgument(concat("--resume: got ", pipe->name,
                                 ", which cannot be read again, "
                                 "expected files"));
  }
  if (!options.emit.values && options.save_tables) {
    throw InvalidArgument(
        "--save-tables: got an --emit without values, for which no table is made");
  }
  for (const Column& column : options.spec.columns) {
    if (options.emit.values && std::holds_alternative<CategoricalColumn>(column)) {
      throw InvalidArgument(concat("column ", name_of(column),
                                   ": got --emit values and a bare "
                                   "categorical column, which has none; embed it, or ask for "
                                   "--emit ids,lengths,mask"));
    }
  }
}

void warn(const RunOptions& options, const std::string& text) {
  if (options.warn) options.warn(text);
}

}  // namespace

RunEnd run(const RunOptions& options, const Backend& backend, const std::stop_token& stop,
           Progress& progress) {
  check(options);
  Tables tables;
  if (options.emit.values) {
    tables = open_tables(options);
  } else if (!options.tables.empty()) {
    warn(options, "--tables: not read, for --emit asks for no values");
  }
  for (const std::string& warning : tables.warnings) warn(options, warning);
  SequenceFeatures layer(options.spec.columns, backend, options.spec.options);
  bind_tables(tables, layer);
  const MadeFrom made = made_from(options, tables);
  auto reading = std::make_shared<Reading>(options);  // checks format against spec

  const Found found = prepare_directory(options.output, options.existing, made, options.batch_size);
  if (options.save_tables) save_tables(tables, *options.save_tables);
  if (found.finished) return RunEnd::already_finished;
  reading->reader.skip(found.parts);

  Pipeline pipeline(options, made, layer, std::move(reading), stop, progress);
  Outcome outcome{backend.name(), layer.slices(), found.parts};
  pipeline.run(outcome.parts);
  if (stop.stop_requested()) return RunEnd::stopped;
  write_manifest(options, made, outcome);
  return RunEnd::finished;
}

}  // namespace seqfeat::run
