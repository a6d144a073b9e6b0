// SPDX-License-Identifier: Apache-2.0
#include "run/convert.hpp"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "backend/text.hpp"
#include "cli/app.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"

namespace seqfeat::cli {
namespace {

struct ConvertArguments {
  std::string to = "tfrecord";
  std::string keys;
  std::string record;
  std::string compression = "none";
  std::string input_format;
  std::string in;
  std::string out;
};

void convert(const ConvertArguments& arguments, const Globals& globals) {
  const SignalStop signals(OnSignal::exit);
  run::ConvertOptions options{.input = run::open_input({arguments.in}, arguments.input_format),
                              .output = arguments.out,
                              .keys = detail::split(arguments.keys),
                              .record = {}};
  if (arguments.record == "example") options.record = RecordKind::example;
  if (arguments.record == "sequence_example") options.record = RecordKind::sequence_example;
  if (arguments.compression == "gzip") options.compression = Compression::gzip;
  if (arguments.compression == "zlib") options.compression = Compression::zlib;
  const run::Converted converted = run::convert(options);
  const char* record = converted.record == RecordKind::example ? "example" : "sequence_example";
  if (globals.json) {
    const nlohmann::ordered_json about{
        {"schema_version", 1}, {"rows", converted.rows}, {"record", record}};
    print(about.dump() + "\n");
  } else if (!globals.quiet) {
    std::fprintf(stderr, "seqfeat: %lld rows as %s; %s\n", static_cast<long long>(converted.rows),
                 record, arguments.out.c_str());
  }
}

}  // namespace

void add_convert(CLI::App& app, Globals& globals) {
  auto a = std::make_shared<ConvertArguments>();
  CLI::App* command = app.add_subcommand("convert", "Makes TFRecords");
  command->add_option("--to", a->to, "tfrecord")->required()->check(CLI::IsMember({"tfrecord"}));
  command->add_option("--key", a->keys, "Of text the feature's name, else which keys to take: a,b");
  command
      ->add_option("--record", a->record,
                   "example or sequence_example; else the latter if any step is nested")
      ->check(CLI::IsMember({"example", "sequence_example"}));
  command->add_option("--compression", a->compression, "none, gzip or zlib")
      ->check(CLI::IsMember({"none", "gzip", "zlib"}))
      ->capture_default_str();
  command->add_option("--input-format", a->input_format,
                      "tfrecord[:example|:sequence_example], text, jsonl; else by extension");
  command->add_option("IN", a->in, "Input; - is standard input")->required();
  command->add_option("OUT", a->out, "The TFRecord file to write")->required();
  command->callback([a, &globals] { convert(*a, globals); });
}

}  // namespace seqfeat::cli
