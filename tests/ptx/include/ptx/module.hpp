// SPDX-License-Identifier: Apache-2.0
// A PTX module, parsed: its kernels and its variables.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ptx/memory.hpp"

namespace ptx {

struct Program;  // the instructions in the form in which they run

/// A parameter of a kernel. `cudaLaunchKernel` takes a pointer to each; a launch takes all of them
/// in one block of bytes.
struct Parameter {
  std::size_t offset = 0;
  std::size_t size = 0;
  std::size_t alignment = 1;
};

/// One instruction as it stands in the module, for messages and coverage.
struct SourceLine {
  int line = 0;  ///< in the PTX, from 1
  std::string text;
};

struct Kernel {
  std::string name;
  std::vector<Parameter> parameters;
  std::size_t parameter_bytes = 0;
  std::size_t shared_bytes = 0;  ///< static ones; a launch may add dynamic ones
  std::size_t local_bytes = 0;   ///< a thread
  unsigned most_threads = 1024;  ///< a block: .maxntid or .reqntid
  bool exact_threads = false;    ///< .reqntid: a block has exactly `most_threads`
  std::size_t registers = 0;
  std::vector<SourceLine> instructions;
  std::shared_ptr<const Program> program;
};

/// A variable in .global or .const memory. It keeps its address as long as the module lives.
struct Variable {
  Range range;  ///< exact bounds; .const is not writable by kernels
};

struct Module {
  std::map<std::string, Kernel, std::less<>> kernels;
  std::map<std::string, Variable, std::less<>> variables;
  int target = 0;                 ///< 90 for .target sm_90
  std::shared_ptr<void> storage;  ///< of the variables; the kernels hold it too
};

/// Throws Fault for anything that the interpreter does not know: opcodes, modifiers, types and
/// directives are refused with their text, never skipped.
[[nodiscard]] Module parse(std::string_view text);

class ModuleReader;

/// A module of which the instructions of a kernel are read when they are asked for. `text` outlives
/// it. All members throw as `parse` does.
class LazyModule {
 public:
  explicit LazyModule(std::string_view text);
  LazyModule(const LazyModule&) = delete;
  LazyModule& operator=(const LazyModule&) = delete;
  LazyModule(LazyModule&&) = delete;
  LazyModule& operator=(LazyModule&&) = delete;
  ~LazyModule();

  [[nodiscard]] const std::map<std::string, Variable, std::less<>>& variables() const;
  /// A kernel, perhaps still without its instructions; null if there is none of this name.
  [[nodiscard]] const Kernel* head(std::string_view name) const;
  /// The same with its instructions.
  [[nodiscard]] const Kernel* kernel(std::string_view name);

 private:
  std::unique_ptr<ModuleReader> reader_;
};

}  // namespace ptx
