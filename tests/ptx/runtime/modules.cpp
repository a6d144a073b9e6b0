// SPDX-License-Identifier: Apache-2.0
#include "tests/ptx/runtime/modules.hpp"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "tests/ptx/runtime/coverage.hpp"
#include "tests/ptx/runtime/fat_binary.hpp"
#include "tests/ptx/runtime/planted_fault.hpp"

namespace ptx {

class LoadableModule {
 public:
  explicit LoadableModule(PtxText ptx) : ptx_(std::move(ptx)) {}

  [[nodiscard]] unsigned architecture() const { return ptx_.architecture; }
  LoadedKernel* find(const std::string& name);

 private:
  void load();

  PtxText ptx_;
  bool is_loaded_ = false;
  Module module_;
  std::unordered_map<std::string, LoadedKernel> kernels_;
};

namespace {

struct Registry {
  std::vector<std::unique_ptr<LoadableModule>> modules;
  std::unordered_map<const void*, std::pair<LoadableModule*, std::string>> functions;
  std::map<Address, Range> variables;
};

Registry& registry() {
  // Never destroyed: kernels run in the destructors of other statics too.
  static auto& instance = *new Registry;
  return instance;
}

}  // namespace

void LoadableModule::load() {
  module_ = parse(with_planted_fault(ptx_.text));
  for (auto& [name, kernel] : module_.kernels) {
    const std::size_t instructions = kernel.instructions.size();
    kernels_[name] = {std::move(kernel), std::vector<std::uint64_t>(instructions)};
  }
  for (const auto& [name, variable] : module_.variables) {
    registry().variables[variable.range.begin] = variable.range;
  }
  is_loaded_ = true;
  std::vector<const LoadedKernel*> all;
  for (const auto& [name, kernel] : kernels_) all.push_back(&kernel);
  report_coverage_at_exit(ptx_.text, std::move(all));
}

LoadedKernel* LoadableModule::find(const std::string& name) {
  if (!is_loaded_) load();
  const auto found = kernels_.find(name);
  return found == kernels_.end() ? nullptr : &found->second;
}

LoadableModule* add_module(const void* wrapper) {
  auto& modules = registry().modules;
  modules.push_back(std::make_unique<LoadableModule>(newest_ptx(wrapper)));
  return modules.back().get();
}

void add_kernel(LoadableModule* module, const void* function, const char* name) {
  registry().functions[function] = {module, name};
}

LoadedKernel* find_kernel(const void* function) {
  const auto found = registry().functions.find(function);
  if (found == registry().functions.end()) return nullptr;
  return found->second.first->find(found->second.second);
}

Range find_variable(Address address) {
  const auto& variables = registry().variables;
  const auto after = variables.upper_bound(address);
  if (after == variables.begin()) return {};
  const Range& candidate = std::prev(after)->second;
  return candidate.holds(address, 1) ? candidate : Range{};
}

unsigned newest_architecture() {
  unsigned newest = 0;
  for (const auto& module : registry().modules) newest = std::max(newest, module->architecture());
  return newest;
}

void complain(const char* message) {
  std::fflush(stdout);
  std::fprintf(stderr, "ptx: %s\n", message);
}

}  // namespace ptx
