// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>

#include "bench/clocks.hpp"
#include "bench/cuda_device.hpp"
#include "bench/workload.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/version.hpp"

// seqfeat-bench: what the kernels do on a CUDA device, or rehearsed on the emulator.

namespace seqfeat::bench {
namespace {

#ifdef SEQFEAT_EMULATED
constexpr bool kRehearsed = true;
constexpr const char* kBackendName = "simt";
constexpr double kScale = 0.0001;
#else
constexpr bool kRehearsed = false;
constexpr const char* kBackendName = "cuda";
constexpr double kScale = 1.0;
#endif

struct Options {
  std::vector<std::string> prefixes;
  double scale = kScale;
  Sampling sampling;
  std::string json;
  std::string tokens = SEQFEAT_BENCH_SAMPLE;
  std::string commit = "unknown";
  bool markdown = false;
  bool list = false;
  bool definitions = false;
};

void write_json(const Report& report, const std::string& file) {
  const std::string text = to_json(report).dump(1) + "\n";
  if (file == "-") {
    std::cout << text;
    return;
  }
  std::ofstream out(file, std::ios::binary);
  if (!(out << text).flush()) throw IoError("--json: cannot write " + file);
}

Report measure(const Options& options) {
  const Backend backend = Backend::cuda(0);
  const std::unique_ptr<Device> device = make_cuda_device(backend);
  Floats floats(backend, device->stream());
  Context context{backend,          Backend::cpu(), *device,        floats,
                  options.sampling, options.scale,  options.tokens, kBackendName};
  Report report;
  report.rehearsed = kRehearsed;
  report.machine = describe_device();
  report.machine["version"] = kVersion;
  report.machine["commit"] = options.commit;
  report.machine["host"] = context.cpu.description();
  report.machine["scale"] = options.scale;
  report.machine["clocks_before"] = read_clocks();
  report.bandwidth =
      measure_bandwidth(*device, backend, context.scaled(std::int64_t{1} << 30), options.sampling);
  for (const Workload& workload : select(every_workload(), options.prefixes)) {
    std::cerr << "seqfeat-bench: " << workload.name << "\n";
    try {
      for (Result& result : run(workload, context)) report.results.push_back(std::move(result));
    } catch (const std::exception& error) {  // the others are still worth measuring
      std::cerr << "seqfeat-bench: " << workload.name << ": " << error.what() << "\n";
      report.failures.emplace_back(workload.name, error.what());
    }
    // What there is, also if the next one is cut off.
    report.machine["clocks_after"] = read_clocks();
    if (!options.json.empty() && options.json != "-") write_json(report, options.json);
  }
  return report;
}

int run_command(int argc, char** argv) {
  Options options;
  CLI::App app("Measures seqfeat on a CUDA device against the bandwidth of its memory.");
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
  app.add_flag("--markdown", options.markdown, "Print a table (the default without --json)");
  app.add_flag("--list", options.list, "Print the workloads and stop");
  app.add_flag("--definitions", options.definitions, "Print their shapes as JSON and stop");
  CLI11_PARSE(app, argc, argv);

  if (options.list) {
    for (const Workload& workload : select(every_workload(), options.prefixes)) {
      std::cout << workload.name << "\t" << workload.about << "\n";
    }
    return 0;
  }
  if (options.definitions) {
    std::cout << definitions().dump(1) << "\n";
    return 0;
  }
  const Report report = measure(options);
  if (options.json == "-") write_json(report, options.json);
  if (options.markdown || options.json.empty()) std::cout << to_markdown(report);
  return report.failures.empty() ? 0 : 1;
}

}  // namespace
}  // namespace seqfeat::bench

int main(int argc, char** argv) {
  try {
    return seqfeat::bench::run_command(argc, argv);
  } catch (const seqfeat::DeviceUnavailable& error) {
    std::cerr << "seqfeat-bench: " << error.what() << "\n";
    return 4;
  } catch (const seqfeat::InvalidArgument& error) {
    std::cerr << "seqfeat-bench: " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "seqfeat-bench: " << error.what() << "\n";
    return 1;
  }
}
