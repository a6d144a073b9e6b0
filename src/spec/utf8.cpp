// SPDX-License-Identifier: Apache-2.0
#include "spec/utf8.hpp"

namespace seqfeat {
namespace {

/// What must follow the first byte of a sequence. Only the range of the second byte depends on the
/// first: it rules out overlong forms, surrogates and code points above U+10FFFF.
struct Lead {
  std::size_t length;
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
};

Lead lead_of(unsigned char first) noexcept {
  if (first < 0x80) return {1};
  if (first < 0xc2) return {0};
  if (first < 0xe0) return {2};
  if (first == 0xe0) return {3, 0xa0, 0xbf};
  if (first == 0xed) return {3, 0x80, 0x9f};
  if (first < 0xf0) return {3};
  if (first == 0xf0) return {4, 0x90, 0xbf};
  if (first < 0xf4) return {4};
  if (first == 0xf4) return {4, 0x80, 0x8f};
  return {0};
}

}  // namespace

std::size_t utf8_prefix(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  std::size_t at = 0;
  while (at < text.size()) {
    const Lead lead = lead_of(byte(at));
    if (lead.length == 0 || lead.length > text.size() - at) return at;
    for (std::size_t k = 1; k < lead.length; ++k) {
      const unsigned char low = k == 1 ? lead.low : 0x80;
      const unsigned char high = k == 1 ? lead.high : 0xbf;
      if (byte(at + k) < low || byte(at + k) > high) return at;
    }
    at += lead.length;
  }
  return at;
}

}  // namespace seqfeat
