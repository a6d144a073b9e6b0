// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/layer_options.hpp"

#include <limits>
#include <string>

#include "seqfeat/error.hpp"

namespace seqfeat {
namespace {

void check_at_least_one(const char* option, std::int64_t value) {
  if (value >= 1) return;
  throw InvalidArgument(std::string(option) + ": must be >= 1, got " + std::to_string(value));
}

void check_choice(const char* option, int value, int last) {
  if (value <= last) return;
  throw InvalidArgument(std::string(option) + ": got the number " + std::to_string(value) +
                        ", which is none of its choices");
}

}  // namespace

void check(const LayerOptions& options) {
  check_choice("truncation", static_cast<int>(options.truncation),
               static_cast<int>(Truncation::keep_last));
  check_choice("padding", static_cast<int>(options.padding), static_cast<int>(Padding::max_length));
  check_choice("padding_side", static_cast<int>(options.padding_side),
               static_cast<int>(PaddingSide::left));
  check_at_least_one("pad_to_multiple_of", options.pad_to_multiple_of);
  if (options.max_length) check_at_least_one("max_length", *options.max_length);
  if (options.padding != Padding::max_length) return;
  if (!options.max_length) {
    throw InvalidArgument(
        "padding: 'max_length' makes every batch max_length steps wide, but max_length is not "
        "given; set it, or take 'longest'");
  }
  if (*options.max_length > std::numeric_limits<std::int64_t>::max() - options.pad_to_multiple_of) {
    throw InvalidArgument("max_length: " + std::to_string(*options.max_length) +
                          " rounded up to a multiple of pad_to_multiple_of " +
                          std::to_string(options.pad_to_multiple_of) + " overflows");
  }
}

}  // namespace seqfeat
