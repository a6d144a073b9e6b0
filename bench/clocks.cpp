// SPDX-License-Identifier: Apache-2.0
#include "bench/clocks.hpp"

#include <cstdio>
#include <string>

namespace seqfeat::bench {
namespace {

constexpr const char* kFields =
    "name,driver_version,clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,power.draw,"
    "temperature.gpu,clocks_throttle_reasons.active";

}  // namespace

nlohmann::ordered_json read_clocks() {
  const std::string command =
      std::string("nvidia-smi --id=0 --format=csv,noheader --query-gpu=") + kFields + " 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {{"unavailable", "no process could be started"}};
  std::string output;
  char part[512];
  while (std::fgets(part, sizeof part, pipe) != nullptr) output += part;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  if (::pclose(pipe) != 0) return {{"unavailable", output}};
  return {{"fields", kFields}, {"values", output}};
}

}  // namespace seqfeat::bench
