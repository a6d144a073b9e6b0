// SPDX-License-Identifier: Apache-2.0
#include "tests/ptx/runtime/coverage.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/ptx/runtime/planted_fault.hpp"

namespace ptx {
namespace {

struct Report {
  std::string folder;
  std::vector<std::pair<std::string, const std::map<std::string, LoadedKernel>*>> modules;
};

Report& report() {
  static auto& instance = *new Report;  // never destroyed: written after other statics are gone
  return instance;
}

void write_report() {
  std::ofstream counts(report().folder + "/" + std::to_string(getpid()) + ".counts");
  for (const auto& [module, kernels] : report().modules) {
    for (const auto& [name, loaded] : *kernels) {
      for (std::size_t i = 0; i < loaded.executions.size(); ++i) {
        counts << module << ' ' << loaded.kernel->instructions[i].line << ' '
               << loaded.executions[i] << '\n';
      }
    }
  }
}

/// Processes that load the same module at the same time each rename a whole file.
void write_module(const std::string& path, const std::string& text) {
  if (std::filesystem::exists(path)) return;
  const std::string own = path + "." + std::to_string(getpid());
  std::ofstream(own) << text;
  std::filesystem::rename(own, path);
}

}  // namespace

void report_coverage_at_exit(const std::string& text,
                             const std::map<std::string, LoadedKernel>& kernels) {
  const char* const folder = std::getenv("PTX_COVERAGE");
  if (folder == nullptr) return;
  if (report().modules.empty()) {
    report().folder = folder;
    std::atexit(write_report);
  }
  const std::string name = module_name(text);
  write_module(report().folder + "/" + name + ".ptx", text);
  report().modules.emplace_back(name, &kernels);
}

}  // namespace ptx
