// SPDX-License-Identifier: Apache-2.0
#include "run/manifest.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>

#include "backend/concat.hpp"
#include "io/atomic_file.hpp"
#include "run/text.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/spec_json.hpp"
#include "seqfeat/version.hpp"

namespace seqfeat::run {
namespace {

using Json = nlohmann::ordered_json;

Json options_json(const RunOptions& options) {
  return {{"batch_size", options.batch_size},
          {"emit", options.emit.names()},
          {"keep", options.keep},
          {"input_format", to_string(options.input.format)},
          {"init_missing", options.init_missing}};
}

Json inputs_json(const Input& input) {
  Json inputs = Json::array();
  for (const InputFile& file : input.files) {
    inputs.push_back({{"file", utf8_or_escaped(file.name)},
                      {"bytes", file.bytes ? Json(*file.bytes) : Json(nullptr)}});
  }
  return inputs;
}

Json columns_json(const std::vector<Slice>& slices) {
  Json columns = Json::array();
  for (const Slice& slice : slices) {
    columns.push_back({{"name", slice.name}, {"offset", slice.offset}, {"width", slice.width}});
  }
  return columns;
}

Json parts_json(const std::vector<PartInfo>& infos) {
  Json parts = Json::array();
  for (const PartInfo& info : infos) {
    parts.push_back({{"file", info.file},
                     {"first_row", info.first_row},
                     {"rows", info.rows},
                     {"bytes", info.bytes},
                     {"crc32c", info.crc32c}});
  }
  return parts;
}

}  // namespace

void write_manifest(const RunOptions& options, const MadeFrom& made, const Outcome& outcome) {
  std::int64_t rows = 0;
  std::int64_t tokens = 0;
  for (const PartInfo& part : outcome.parts) {
    rows += part.rows;
    tokens += part.tokens;
  }
  Json manifest;
  manifest["schema_version"] = 1;
  manifest["version"] = kVersion;
  manifest["backend"] = outcome.backend;
  manifest["spec"] = Json::parse(to_json(options.spec));
  manifest["options"] = options_json(options);
  manifest["made_from"] = made;
  manifest["inputs"] = inputs_json(options.input);
  manifest["rows"] = rows;
  manifest["tokens"] = tokens;
  manifest["columns"] = columns_json(outcome.columns);
  manifest["parts"] = parts_json(outcome.parts);
  AtomicFile file = AtomicFile::open(options.output / kManifestName);
  file.write(manifest.dump(2) + "\n");
  file.commit();
}

void check_manifest(const std::filesystem::path& manifest, const MadeFrom& made) {
  std::ifstream file(manifest);
  const Json json = Json::parse(file, nullptr, false);
  MadeFrom found;
  if (json.is_object() && json.contains("made_from") && json["made_from"].is_object()) {
    for (const auto& [name, value] : json["made_from"].items()) {
      if (value.is_string()) found[name] = value.get<std::string>();
    }
  }
  check_same(made, found, manifest.string());
}

}  // namespace seqfeat::run
