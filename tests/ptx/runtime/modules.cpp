// SPDX-License-Identifier: Apache-2.0
#include "tests/ptx/runtime/modules.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
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
  [[nodiscard]] const Kernel* find(const std::string& name) { return module().head(name); }
  [[nodiscard]] LoadedKernel& load(const std::string& name);

 private:
  LazyModule& module();

  PtxText ptx_;
  std::string text_;  // with a fault, if one is planted
  std::optional<LazyModule> module_;
  std::map<std::string, LoadedKernel> kernels_;
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

LazyModule& LoadableModule::module() {
  if (!module_) {
    text_ = with_planted_fault(ptx_.text);
    module_.emplace(text_);
    for (const auto& [name, variable] : module_->variables()) {
      registry().variables[variable.range.begin] = variable.range;
    }
    report_coverage_at_exit(ptx_.text, kernels_);
  }
  return *module_;
}

LoadedKernel& LoadableModule::load(const std::string& name) {
  const auto found = kernels_.find(name);
  if (found != kernels_.end()) return found->second;
  const Kernel* const kernel = module().kernel(name);
  return kernels_[name] = {kernel, std::vector<std::uint64_t>(kernel->instructions.size())};
}

LoadableModule* add_module(const void* wrapper) {
  auto& modules = registry().modules;
  modules.push_back(std::make_unique<LoadableModule>(newest_ptx(wrapper)));
  return modules.back().get();
}

void add_kernel(LoadableModule* module, const void* function, const char* name) {
  registry().functions[function] = {module, name};
}

const Kernel* find_kernel(const void* function) {
  const auto found = registry().functions.find(function);
  if (found == registry().functions.end()) return nullptr;
  return found->second.first->find(found->second.second);
}

LoadedKernel& load_kernel(const void* function) {
  const auto& [module, name] = registry().functions.at(function);
  return module->load(name);
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
