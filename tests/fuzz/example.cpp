// SPDX-License-Identifier: Apache-2.0
// Serialized tf.Examples (first byte even) and SequenceExamples (odd); bit 1: with values to keep.

#include "seqfeat/example.hpp"

#include <array>
#include <string>
#include <variant>
#include <vector>

#include "seqfeat/error.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "wire/example_writer.hpp"

namespace {

using namespace seqfeat;
using fuzz::promise;

const ParseSpec& spec() {
  static const ParseSpec kSpec{
      {"w", DType::string}, {"b", DType::int8}, {"u", DType::uint64}, {"i", DType::int64}};
  return kSpec;
}

void add_value(wire::ListWriter& list, const RaggedView& view, std::int64_t i) {
  if (is_integer(view.dtype)) {
    list.value(fuzz::integer_at(view, i));
  } else {
    list.value(fuzz::string_at(view, i));
  }
}

wire::Kind kind_of(const RaggedView& view) {
  return is_integer(view.dtype) ? wire::Kind::integers : wire::Kind::strings;
}

/// Row 0 of a feature of an Example: one list.
std::string feature_of(const RaggedView& view) {
  wire::ListWriter list;
  for (std::int64_t i = 0; i < view.first_value(view.row_offsets[1]); ++i) add_value(list, view, i);
  return list.feature(kind_of(view));
}

/// Row 0 of a feature of a SequenceExample: a list a step.
std::string feature_list_of(const RaggedView& view) {
  std::string features;
  for (std::int64_t s = 0; s < view.row_offsets[1]; ++s) {
    wire::ListWriter list;
    for (auto i = view.first_value(s); i < view.first_value(s + 1); ++i) add_value(list, view, i);
    wire::append_bytes(features, 1, list.feature(kind_of(view)));
  }
  return features;
}

std::string kept_feature(const Scalar& scalar) {
  wire::ListWriter list;
  constexpr std::array kKinds{wire::Kind::integers, wire::Kind::floats, wire::Kind::strings};
  std::visit([&list](const auto& value) { list.value(value); }, scalar);
  return list.feature(kKinds.at(scalar.index()));
}

/// The first row that `parser` holds, as a record.
std::string written(const ExampleParser& parser, RecordKind kind, std::size_t keep) {
  std::string features;
  std::string lists;
  const Features all = parser.features();
  for (const auto& [key, view] : all.views()) {
    if (kind == RecordKind::example) {
      wire::append_entry(features, key, feature_of(view));
    } else {
      wire::append_entry(lists, key, feature_list_of(view));
    }
  }
  if (keep > 0) wire::append_entry(features, "k", kept_feature(parser.kept(0)[0]));
  std::string record;
  wire::append_bytes(record, 1, features);
  if (kind == RecordKind::sequence_example) wire::append_bytes(record, 2, lists);
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const auto kind = (input.mode & 1) == 0 ? RecordKind::example : RecordKind::sequence_example;
  std::vector<std::string> keep;
  if ((input.mode & 2) != 0) keep.emplace_back("k");

  ExampleParser parser(spec(), kind, keep);
  const std::string empty = fuzz::dump(parser.features(), 0);
  try {
    parser.add(input.rest, 0);
  } catch (const DataError& refusal) {
    fuzz::promise_short(refusal, size);
    promise(parser.rows() == 0 && fuzz::dump(parser.features(), 0) == empty,
            "nothing of a refused record is kept");
    return 0;
  }
  const std::string first = fuzz::dump(parser.features(), 1);

  const std::vector<std::string> batch{std::string(input.rest)};
  const Features at_once = kind == RecordKind::example ? parse_example(batch, spec())
                                                       : parse_sequence_example(batch, spec());
  promise(fuzz::dump(at_once, 1) == first, "a batch is what its records are");

  ExampleParser again(spec(), kind, keep);
  again.add(written(parser, kind, keep.size()), 0);
  promise(fuzz::dump(again.features(), 1) == first, "what is written is read back");

  parser.add(input.rest, 1);
  (void)fuzz::dump(parser.features(), 2);
  parser.clear();
  parser.add(input.rest, 0);
  promise(fuzz::dump(parser.features(), 1) == first, "a parser can be used again");
  return 0;
}
