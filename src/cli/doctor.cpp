// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "backend/concat.hpp"
#include "backend/simd.hpp"
#include "cli/app.hpp"
#include "cli/output.hpp"
#include "cpu/thread_pool.hpp"
#include "seqfeat/backend.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/version.hpp"

namespace seqfeat::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The program of that name in a folder of PATH, or nothing.
std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string file = (std::filesystem::path(folder) / name).string();
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

/// The first line of a file of the system, or nothing.
std::string first_line(const char* file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

/// What each part of the library uses.
Json simd_of_parts() {
  Json parts;
  for (int i = 0; i < detail::kParts; ++i) {
    const auto part = static_cast<detail::Part>(i);
    parts[to_string(part)] = to_string(detail::in_use(part));
  }
  return parts;
}

/// Every device there is; why there is none.
std::vector<std::string> devices(std::string& problem) {
  std::vector<std::string> found;
  try {
    for (int ordinal = 0;; ++ordinal) found.push_back(Backend::cuda(ordinal).description());
  } catch (const Error& error) {
    if (found.empty()) problem = error.what();  // else: one beyond the last
  }
  return found;
}

Json examine() {
  Json about;
  about["schema_version"] = 1;
  about["version"] = kVersion;
  about["cpu"] = Backend::cpu().description();
  about["simd"] = to_string(detail::widest());
  about["simd_in_use"] = to_string(detail::simd_in_use());
  about["simd_of_parts"] = simd_of_parts();
  const int wished = cpu::thread_count_from_environment();
  const int threads = cpu::ThreadPool(wished).threads();
  about["threads"] = threads;
  about["threads_wished"] = wished;
  about["architectures"] = SEQFEAT_CLI_ARCHITECTURES;
  about["toolkit"] = find_program("nvcc");
  about["driver"] = first_line("/proc/driver/nvidia/version");
  std::string problem;
  about["devices"] = devices(problem);
  Json missing = Json::array();
  if (about["architectures"] == "") {
    missing.push_back("CUDA kernels in this binary: build with -DSEQFEAT_CUDA=ON");
  }
  if (about["toolkit"] == "") {
    missing.push_back("nvcc, to build CUDA kernels: install the CUDA toolkit and put nvcc on PATH");
  }
  if (about["driver"] == "") {
    missing.push_back("the NVIDIA driver, to run on a GPU: install the distribution's package");
  }
  if (!problem.empty()) missing.push_back(problem);
  if (threads < wished) {
    missing.push_back(detail::concat(
        wished - threads, " of ", wished,
        " threads, which the system refuses: raise the limit of processes (ulimit -u) or of memory "
        "(ulimit -v), or lower SEQFEAT_NUM_THREADS"));
  }
  about["missing"] = missing;
  return about;
}

std::string as_text(const Json& about) {
  const auto word = [&about](const char* name) {
    const auto text = about[name].get<std::string>();
    return text.empty() ? std::string("none") : text;
  };
  std::ostringstream text;
  text << "seqfeat        " << word("version") << "\n";
  text << "cpu            " << word("cpu") << "\n";
  text << "simd           " << word("simd") << ", in use: " << word("simd_in_use")
       << "  (SEQFEAT_SIMD overrides)\n";
  for (const auto& [part, simd] : about["simd_of_parts"].items()) {
    text << "  " << part << std::string(13 - part.size(), ' ') << simd.get<std::string>() << "\n";
  }
  text << "threads        " << about["threads"];
  if (about["threads"] < about["threads_wished"]) text << " of " << about["threads_wished"];
  text << "  (SEQFEAT_NUM_THREADS overrides)\n";
  text << "architectures  " << word("architectures") << "\n";
  text << "toolkit        " << word("toolkit") << "\n";
  text << "driver         " << word("driver") << "\n";
  text << "devices        " << (about["devices"].empty() ? "none" : "") << "\n";
  for (const Json& device : about["devices"]) text << "  " << device.get<std::string>() << "\n";
  if (!about["missing"].empty()) text << "missing\n";
  for (const Json& item : about["missing"]) text << "  " << item.get<std::string>() << "\n";
  return text.str();
}

}  // namespace

void add_doctor(CLI::App& app, Globals& globals) {
  CLI::App* command = app.add_subcommand("doctor", "Says what is here to compute with");
  command->callback([&globals] {
    const Json about = examine();
    print(globals.json ? about.dump() + "\n" : as_text(about));
  });
}

}  // namespace seqfeat::cli
