// SPDX-License-Identifier: Apache-2.0
#include "simt/control.hpp"

#include <cstdlib>
#include <cstring>

#include "engine.hpp"

namespace simt {

bool take_order_from_environment() {
  const char* text = std::getenv("SIMT_ORDER");
  if (!text) return false;
  const char* colon = std::strchr(text, ':');
  const std::uint64_t seed = colon ? std::strtoull(colon + 1, nullptr, 10) : 1;
  if (std::strncmp(text, "rand", 4) == 0) {
    set_order(Order::random, seed);
  } else if (std::strcmp(text, "desc") == 0) {
    set_order(Order::descending);
  } else if (std::strcmp(text, "asc") != 0) {
    fail("SIMT_ORDER is asc, desc or rand[:seed], got \"%s\"", text);
  }
  return true;
}

void set_order(Order order, std::uint64_t seed) {
  engine.ready.set_order(order, seed);
}

}  // namespace simt
