// SPDX-License-Identifier: Apache-2.0
// Declarations of variables: .global and .const with their values, .shared, .local, .param.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "machine/spaces.hpp"
#include "parse/lexer.hpp"

namespace ptx {

/// `.align 8 .b8 name[24]`, behind the name of its space.
struct Declaration {
  std::string name;
  std::size_t alignment = 1;
  std::size_t element = 1;  // bytes
  std::size_t size = 0;     // bytes; 0 for name[], whose size a launch gives
};

/// The bytes of a type such as `.b32`. Predicates and unknown types are refused.
[[nodiscard]] std::size_t take_type_size(Cursor& cursor);

[[nodiscard]] Declaration read_declaration(Cursor& cursor);

/// Memory of the variables of a module, each with its own alignment and no neighbours.
class Storage {
 public:
  /// Bytes that are zero.
  [[nodiscard]] std::byte* add(std::size_t size, std::size_t alignment);

 private:
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
};

/// Reads `= value` or `= {value, ...}`, if it is there, into the bytes of a variable.
void read_values(Cursor& cursor, const Declaration& declaration, std::byte* bytes);

}  // namespace ptx
