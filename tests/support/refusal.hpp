// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace seqfeat::test {

/// The message with which `act` throws an Exception; "" if it throws nothing. Others pass through.
template <class Exception, class Act>
std::string refusal(Act act) {
  try {
    static_cast<void>(act());
  } catch (const Exception& refused) {
    return refused.what();
  }
  return "";
}

/// Whether `text` holds all of `parts`.
template <class... Parts>
bool holds(const std::string& text, const Parts&... parts) {
  return ((text.find(parts) != std::string::npos) && ...);
}

}  // namespace seqfeat::test
