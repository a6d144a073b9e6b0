// SPDX-License-Identifier: Apache-2.0
// Reads one kernel: `name(parameters) directives { variables instructions }`.
#pragma once

#include <memory>
#include <span>

#include "parse/assembler.hpp"
#include "parse/variables.hpp"

namespace ptx {

/// Reads all but the instructions at once. A program launches few of its kernels, and instructions
/// take nearly all of the time, so they are read when they are asked for.
class KernelReader {
 public:
  /// `cursor` goes on behind the kernel. `module` are the variables of the module, with dynamic
  /// shared memory at address `kDynamic`; `shared` is the other shared memory that it declares, of
  /// which each kernel has what it names. Both outlive the reader, as the tokens do.
  KernelReader(Cursor& cursor, const Symbols& module, std::span<const Declaration> shared,
               Program program);

  /// The kernel without its instructions.
  [[nodiscard]] const Kernel& head() const { return kernel_; }
  /// The whole kernel; once.
  [[nodiscard]] Kernel read();

 private:
  void read_parameters();
  void read_directive();
  void read_variables();
  void read_instructions();
  void read_registers();
  void add_memory(Space space, std::vector<Range>& ranges, std::size_t& bytes);
  void place(const Declaration& variable, Space space, std::vector<Range>& ranges,
             std::size_t& bytes);
  [[nodiscard]] bool body_names(std::string_view name) const;
  void read_label_or_instruction();
  void place_dynamic();

  Cursor cursor_;
  Kernel kernel_;
  std::shared_ptr<Program> program_;
  const Symbols& module_;
  Assembler assembler_;
};

/// Stands for the address of dynamic shared memory, which comes after the kernel's own.
inline constexpr Address kDynamic = ~Address{0};

}  // namespace ptx
