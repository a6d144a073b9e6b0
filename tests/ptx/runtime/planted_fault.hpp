// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ptx {

/// The name by which files and faults call a module: a hash of its PTX, in hexadecimal.
std::string module_name(const std::string& text);

/// `text`, with the line replaced that PTX_FAULT=MODULE:LINE:TEXT names, if it is in this module.
///
/// Throws   Fault for a PTX_FAULT of another form, or a line that the module does not have.
std::string with_planted_fault(std::string text);

}  // namespace ptx
