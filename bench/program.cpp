// SPDX-License-Identifier: Apache-2.0
#include "bench/program.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
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
  bool once = false;
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

/// A file appears whole, because whoever cuts the program off wants what there is.
void save(const Report& report, const std::string& file) {
  if (file.empty() || file == "-") return;
  write_json(report, file + ".part");
  std::filesystem::rename(file + ".part", file);
}

/// The largest tables that any of `workloads` needs are made once, before the first of them.
void make_tables(const std::vector<Workload>& workloads, const Context& context) {
  std::int64_t bytes = 0;
  for (const Workload& workload : workloads) bytes = std::max(bytes, workload.table_bytes);
  context.floats.reserve(context.scaled(bytes / size_of(FloatType::float32), 0));
}

/// A launch for a profiler or a sanitizer: nothing is timed, only the result is checked.
void launch_once(const Workload& workload, Context& context) {
  const Job job = workload.prepare(context);
  const ProfilerRange range;
  gate(context.device, workload.name, job.ours);
}

/// Runs `workload`; the others are still worth measuring if it fails.
void attempt(const Program& program, const Options& options, const Workload& workload,
             Context& context, Report& report) {
  const auto begin = std::chrono::steady_clock::now();
  std::string failure;
  try {
    if (options.once) {
      launch_once(workload, context);
    } else {
      for (Result& result : run(workload, context)) report.results.push_back(std::move(result));
    }
  } catch (const std::exception& error) {
    failure = error.what();
    report.failures.emplace_back(workload.name, failure);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  std::cerr << program.name << ": " << workload.name << ": "
            << (failure.empty() ? rounded(took.count(), " s") : failure) << "\n";
}

Report measure(const Program& program, const Options& options) {
  const Backend backend = Backend::cuda(0);
  const std::unique_ptr<Device> device = make_cuda_device(backend);
  Floats floats(backend, device->stream(), make_random_floats);
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
  if (!options.once) {
    report.bandwidth = measure_bandwidth(*device, backend, context.scaled(std::int64_t{1} << 30),
                                         options.sampling);
  }
  const std::vector<Workload> workloads = select(program.workloads, options.prefixes);
  make_tables(workloads, context);
  for (const Workload& workload : workloads) {
    attempt(program, options, workload, context, report);
    report.machine["clocks_after"] = read_clocks();
    save(report, options.json);
  }
  return report;
}

int run_command(const Program& program, int argc, char** argv) {
  Options options;
  options.scale = program.scale;
  CLI::App app(program.about);
  app.add_option("--workload", options.prefixes,
                 "Only names that begin so, or NAME$ alone, in this order (repeatable)");
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
  app.add_flag("--once", options.once,
               "Launch each once, in a profiler's range, and check it; time nothing");
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
  if (!options.once && (options.markdown || options.json.empty())) std::cout << to_markdown(report);
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
