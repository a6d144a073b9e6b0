// SPDX-License-Identifier: Apache-2.0
#include "wire/feature.hpp"

namespace seqfeat::wire {

LastKind last_kind(std::string_view feature, Kind before) {
  LastKind last{before, feature.data()};
  for (Cursor in(feature); !in.done();) {
    const char* const begin = in.position();
    const std::uint32_t next = in.tag();
    const Kind kind = kind_of(next);
    in.skip(next);
    if (kind != Kind::none && kind != last.kind) last = {kind, begin, true};
  }
  return last;
}

}  // namespace seqfeat::wire
