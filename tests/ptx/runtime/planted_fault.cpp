// SPDX-License-Identifier: Apache-2.0
#include "tests/ptx/runtime/planted_fault.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "ptx/fault.hpp"

namespace ptx {

std::string module_name(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  char name[17];
  std::snprintf(name, sizeof(name), "%016llx", static_cast<unsigned long long>(hash));
  return name;
}

std::string with_planted_fault(std::string text) {
  const char* const variable = std::getenv("PTX_FAULT");
  if (variable == nullptr) return text;
  const std::string fault = variable;
  const std::size_t first = fault.find(':');
  const std::size_t second = fault.find(':', first + 1);
  if (first == std::string::npos || second == std::string::npos) {
    throw Fault("PTX_FAULT: got \"" + fault + "\", expected MODULE:LINE:TEXT");
  }
  if (fault.substr(0, first) != module_name(text)) return text;
  std::size_t begin = 0;
  for (long line = std::strtol(fault.c_str() + first + 1, nullptr, 10); line > 1; --line) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) throw Fault("PTX_FAULT: the module has no line " + fault);
    begin = end + 1;
  }
  return text.replace(begin, text.find('\n', begin) - begin, fault.substr(second + 1));
}

}  // namespace ptx
