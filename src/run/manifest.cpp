// SPDX-License-Identifier: Apache-2.0
#include "run/manifest.hpp"

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "run/text.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/spec_json.hpp"
#include "seqfeat/version.hpp"

namespace seqfeat::run {
namespace {

using Json = nlohmann::ordered_json;

Json options_json(const RunPlan& plan) {
  const RunOptions& options = plan.options;
  return {{"batch_size", options.batch_size},
          {"emit", options.emit.names()},
          {"keep", options.keep},
          {"input_format", to_string(plan.read.input.format)},
          {"init_missing", options.init_missing},
          {"on_error", options.on_error.skip ? "skip" : "fail"},
          {"max_errors", options.on_error.most}};
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

std::string manifest_text(const RunPlan& plan, const Metadata& made, const Outcome& outcome) {
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
  manifest["spec"] = Json::parse(to_json(plan.options.spec));
  manifest["options"] = options_json(plan);
  manifest["shard"] = plan.options.shard.text();
  manifest["made_from"] = made;
  manifest["inputs"] = inputs_json(plan.read.input);
  manifest["rows"] = rows;
  manifest["tokens"] = tokens;
  manifest["rejected"] = outcome.rejected;
  manifest["warnings"] = plan.warnings;
  manifest["columns"] = columns_json(outcome.columns);
  manifest["parts"] = parts_json(outcome.parts);
  return manifest.dump(2) + "\n";
}

std::optional<OldRun> read_manifest(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  std::ifstream stream(file);
  const Json json = Json::parse(stream, nullptr, false);
  OldRun run;
  try {
    run.made_from = json.at("made_from").get<Metadata>();
    if (!run.made_from.contains(kFormKey)) return std::nullopt;
    for (const Json& input : json.at("inputs")) {
      run.inputs.push_back(InputFile{input.at("file").get<std::string>(), {}}.base_name());
    }
    for (const Json& part : json.at("parts")) {
      run.parts.push_back({.file = part.at("file").get<std::string>(),
                           .first_row = part.at("first_row").get<std::int64_t>(),
                           .rows = part.at("rows").get<std::int64_t>(),
                           .bytes = part.at("bytes").get<std::int64_t>(),
                           .crc32c = part.at("crc32c").get<std::uint32_t>()});
    }
    run.rows = json.at("rows").get<std::int64_t>();
    run.tokens = json.at("tokens").get<std::int64_t>();
    run.rejected = json.value("rejected", std::int64_t{0});
    run.spec = parse_spec(json.at("spec").dump());
    const Json& options = json.at("options");
    run.emit = emit_set_from(options.at("emit").get<std::vector<std::string>>());
    run.keep = options.at("keep").get<std::vector<std::string>>();
    run.skips = options.value("on_error", "fail") == "skip";
  } catch (const Json::exception&) {
    return std::nullopt;
  } catch (const InvalidArgument&) {
    return std::nullopt;
  }
  return run;
}

}  // namespace seqfeat::run
