// SPDX-License-Identifier: Apache-2.0
#include <string_view>
#include <utility>

#include "abi/convert.hpp"
#include "abi/guard.hpp"
#include "abi/rows.hpp"

using seqfeat::abi::guarded;
using seqfeat::abi::require;

namespace seqfeat::abi {

ParsePlan::ParsePlan(const seqfeat_parse_spec* given) {
  require(given, "spec");
  if (given->count > 0) {
    require(given->keys, "spec: keys");
    require(given->dtypes, "spec: dtypes");
  }
  if (given->keep_count > 0) require(given->keep, "spec: keep");
  for (std::int64_t i = 0; i < given->count; ++i) {
    require(given->keys[i], "spec: key");
    keys.emplace_back(given->keys[i]);
    if (keys.back().empty()) throw InvalidArgument("spec: got an empty key, expected a name");
    if (!spec.emplace(keys.back(), to_dtype(given->dtypes[i])).second) {
      throw InvalidArgument(detail::concat("spec: got the key '", keys.back(), "' twice"));
    }
  }
  for (std::int64_t k = 0; k < given->keep_count; ++k) {
    require(given->keep[k], "spec: keep");
    keep.emplace_back(given->keep[k]);
  }
  if (given->kind != SEQFEAT_EXAMPLE && given->kind != SEQFEAT_SEQUENCE_EXAMPLE) {
    throw InvalidArgument(detail::concat("spec: kind: got ", static_cast<int>(given->kind),
                                         ", expected SEQFEAT_EXAMPLE or "
                                         "SEQFEAT_SEQUENCE_EXAMPLE"));
  }
  kind = given->kind == SEQFEAT_EXAMPLE ? RecordKind::example : RecordKind::sequence_example;
}

Kept::Kept(const std::vector<Scalar>& scalars) : count(static_cast<std::int64_t>(scalars.size())) {
  if (scalars.empty()) return;
  if (std::holds_alternative<std::int64_t>(scalars.front())) {
    for (const Scalar& scalar : scalars) integers.push_back(std::get<std::int64_t>(scalar));
  } else if (std::holds_alternative<float>(scalars.front())) {
    kind = SEQFEAT_KEPT_FLOAT;
    for (const Scalar& scalar : scalars) floats.push_back(std::get<float>(scalar));
  } else {
    kind = SEQFEAT_KEPT_BYTES;
    byte_offsets.push_back(0);
    for (const Scalar& scalar : scalars) {
      bytes += std::get<std::string>(scalar);
      byte_offsets.push_back(static_cast<std::int64_t>(bytes.size()));
    }
  }
}

namespace {

void parse(const ParsePlan& plan, const char* const* records, const size_t* sizes, int64_t count,
           seqfeat_rows** out) {
  ExampleParser parser = plan.make_parser();
  for (std::int64_t row = 0; row < count; ++row) {
    require(records[row], "records");
    try {
      parser.add({records[row], sizes[row]}, row);
    } catch (const DataError& error) {
      // In memory a record is a row of the batch.
      DataPlace place = error.place();
      place.row = row;
      place.record.reset();
      throw error.with(std::move(place));
    }
  }
  *out = new seqfeat_rows(std::move(parser), plan);
}

}  // namespace
}  // namespace seqfeat::abi

seqfeat_rows::seqfeat_rows(seqfeat::ExampleParser parsed, const seqfeat::abi::ParsePlan& plan)
    : parser(std::move(parsed)) {
  for (const std::string& key : plan.keys) {
    features.push_back(seqfeat::abi::from_view(parser.feature(key).view()));
  }
  for (std::size_t k = 0; k < plan.keep.size(); ++k) kept.emplace_back(parser.kept(k));
}

void seqfeat_rows_free(seqfeat_rows* rows) {
  delete rows;
}

int64_t seqfeat_rows_count(const seqfeat_rows* rows) {
  return rows->parser.rows();
}

seqfeat_ragged_view seqfeat_rows_feature(const seqfeat_rows* rows, int64_t index) {
  return rows->features[static_cast<std::size_t>(index)];
}

seqfeat_kept seqfeat_rows_kept(const seqfeat_rows* rows, int64_t index) {
  const seqfeat::abi::Kept& kept = rows->kept[static_cast<std::size_t>(index)];
  const void* data =
      kept.kind == SEQFEAT_KEPT_INT64   ? static_cast<const void*>(kept.integers.data())
      : kept.kind == SEQFEAT_KEPT_FLOAT ? static_cast<const void*>(kept.floats.data())
                                        : kept.bytes.data();
  return {kept.kind, kept.count, data, kept.byte_offsets.data()};
}

seqfeat_status seqfeat_parse_records(const seqfeat_parse_spec* spec, const char* const* records,
                                     const size_t* sizes, int64_t count, seqfeat_rows** out) {
  return guarded([&] {
    require(out, "out");
    if (count > 0) {
      require(records, "records");
      require(sizes, "sizes");
    }
    seqfeat::abi::parse(seqfeat::abi::ParsePlan(spec), records, sizes, count, out);
  });
}
