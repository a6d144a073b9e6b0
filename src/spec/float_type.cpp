// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/float_type.hpp"

namespace seqfeat {

std::string_view to_string(FloatType type) noexcept {
  switch (type) {
    case FloatType::float16:
      return "float16";
    case FloatType::bfloat16:
      return "bfloat16";
    case FloatType::float32:
      break;
  }
  return "float32";
}

}  // namespace seqfeat
