// SPDX-License-Identifier: Apache-2.0
#include "bench/program.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>

#include "backend/tuning.hpp"
#include "bench/cuda_device.hpp"
#include "bench/workload.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/version.hpp"

namespace seqfeat::bench {
namespace {

struct Options {
  std::vector<std::string> prefixes;
  double scale = 1.0;
  Sampling sampling;
  std::string json;
  std::string tokens = SEQFEAT_BENCH_SAMPLE;
  std::string commit = "unknown";
  std::vector<std::string> tunings;
  bool markdown = false;
  bool list = false;
  bool definitions = false;
};

constexpr const char* kClockFields =
    "name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,power.draw,"
    "temperature.gpu,clocks_throttle_reasons.active";

/// What nvidia-smi says about clocks, power and temperature now, or why it says nothing. Settings
/// are only read.
nlohmann::ordered_json read_clocks() {
  const std::string command =
      std::string("nvidia-smi --id=0 --format=csv,noheader --query-gpu=") + kClockFields + " 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {{"unavailable", "no process could be started"}};
  std::string output;
  char part[512];
  while (std::fgets(part, sizeof part, pipe) != nullptr) output += part;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  if (::pclose(pipe) != 0) return {{"unavailable", output}};
  return {{"fields", kClockFields}, {"values", output}};
}

/// A line for each knob, for --help.
std::string knob_help() {
  std::string text;
  for (const detail::KnobInfo& knob : detail::knobs()) {
    text += std::string(knob.name) + " (default " + std::to_string(knob.by_default) +
            "): " + std::string(knob.about) + "\n";
  }
  return text;
}

/// The knobs as they stand, for the JSON.
nlohmann::ordered_json tunings_now() {
  nlohmann::ordered_json all = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < detail::knobs().size(); ++i) {
    all[std::string(detail::knobs()[i].name)] = detail::tuned(static_cast<detail::Knob>(i));
  }
  return all;
}

Report measure(const Program& program, const Options& options) {
  const Backend backend = Backend::cuda(0);
  const std::unique_ptr<Device> device = make_cuda_device(backend);
  Floats floats(backend, device->stream());
  Context context{{backend, options.scale, options.tokens},
                  Backend::cpu(),
                  *device,
                  floats,
                  options.sampling,
                  program.backend_name};
  Report report;
  report.rehearsed = program.rehearsed;
  report.machine = describe_device();
  report.machine["version"] = kVersion;
  report.machine["commit"] = options.commit;
  report.machine["host"] = context.cpu.description();
  report.machine["scale"] = options.scale;
  report.machine["tuning"] = tunings_now();
  report.machine["clocks_before"] = read_clocks();
  report.bandwidth =
      measure_bandwidth(*device, backend, context.scaled(std::int64_t{1} << 30), options.sampling);
  for (const Workload& workload : select(program.workloads, options.prefixes)) {
    std::cerr << program.name << ": " << workload.name << "\n";
    try {
      for (Result& result : run(workload, context)) report.results.push_back(std::move(result));
    } catch (const std::exception& error) {  // the others are still worth measuring
      std::cerr << program.name << ": " << workload.name << ": " << error.what() << "\n";
      report.failures.emplace_back(workload.name, error.what());
    }
    // What there is, also if the next one is cut off.
    report.machine["clocks_after"] = read_clocks();
    if (!options.json.empty() && options.json != "-") write_json(report, options.json);
  }
  return report;
}

int run_command(const Program& program, int argc, char** argv) {
  Options options;
  options.scale = program.scale;
  CLI::App app(program.about);
  app.add_option("--workload", options.prefixes, "Only names that begin so (repeatable)");
  app.add_option("--scale", options.scale, "Share of the plan's sizes")
      ->check(CLI::Range(1e-9, 1.0))
      ->capture_default_str();
  app.add_option("--samples", options.sampling.samples, "Samples of each kind")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--back-to-back", options.sampling.back_to_back, "Launches of a warm sample")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--json", options.json, "Where the figures go; - is stdout");
  app.add_option("--tokens", options.tokens, "TFRecords with real tokens")->capture_default_str();
  app.add_option("--commit", options.commit, "Written into the JSON");
  app.add_option("--tune", options.tunings,
                 "NAME=VALUE: a schedule other than the default (repeatable):\n" + knob_help());
  app.add_flag("--markdown", options.markdown, "Print a table (the default without --json)");
  app.add_flag("--list", options.list, "Print the workloads and stop");
  app.add_flag("--definitions", options.definitions, "Print their shapes as JSON and stop");
  CLI11_PARSE(app, argc, argv);

  refuse_unknown(options.prefixes, program.workloads);
  for (const std::string& setting : options.tunings) detail::tune(setting);
  if (options.list) {
    for (const Workload& workload : select(program.workloads, options.prefixes)) {
      std::cout << workload.name << "\t" << workload.about << "\n";
    }
    return 0;
  }
  if (options.definitions) {
    std::cout << definitions(program.workloads).dump(1) << "\n";
    return 0;
  }
  const Report report = measure(program, options);
  if (options.json == "-") std::cout << json_text(report);
  if (options.markdown || options.json.empty()) std::cout << to_markdown(report);
  return report.failures.empty() ? 0 : 1;
}

}  // namespace

int run_program(const Program& program, int argc, char** argv) {
  const auto complain = [&](const std::exception& error, int code) {
    std::cerr << program.name << ": " << error.what() << "\n";
    return code;
  };
  try {
    return run_command(program, argc, argv);
  } catch (const DeviceUnavailable& error) {
    return complain(error, 4);
  } catch (const InvalidArgument& error) {
    return complain(error, 2);
  } catch (const std::exception& error) {
    return complain(error, 1);
  }
}

}  // namespace seqfeat::bench
