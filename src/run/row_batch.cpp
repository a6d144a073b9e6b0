// SPDX-License-Identifier: Apache-2.0
#include "run/row_batch.hpp"

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {

using detail::concat;

std::unique_ptr<RowBatch> make_row_batch(InputFormat format, const ParseSpec& spec,
                                         const std::vector<std::string>& keep) {
  for (const std::string& key : keep) {
    if (spec.contains(key)) {
      throw InvalidArgument(
          concat("--keep ", key, ": got a feature of the spec, expected a value beside them"));
    }
  }
  if (format == InputFormat::tfrecord_example) {
    return make_record_rows(RecordKind::example, spec, keep);
  }
  if (format == InputFormat::tfrecord_sequence_example) {
    return make_record_rows(RecordKind::sequence_example, spec, keep);
  }
  if (format == InputFormat::jsonl) return make_jsonl_rows(spec, keep);
  if (spec.size() != 1) {
    throw InvalidArgument(concat("--input-format text: got a spec with ", spec.size(),
                                 " keys, expected one, for a line holds one feature; use jsonl"));
  }
  if (!keep.empty()) {
    throw InvalidArgument(concat("--keep ", keep.front(),
                                 ": got text, which holds tokens only; use jsonl or tfrecord"));
  }
  return make_text_rows(spec.begin()->first, spec.begin()->second);
}

std::int64_t token_count(const Features& features) noexcept {
  std::int64_t tokens = 0;
  for (const auto& [key, view] : features.views()) tokens += view.value_count;
  return tokens;
}

}  // namespace seqfeat::run
