// SPDX-License-Identifier: Apache-2.0
#include "seqfeat/example.hpp"
#include "tests/golden/columns.hpp"
#include "tests/golden/compare.hpp"
#include "tests/golden/kinds.hpp"

namespace seqfeat::golden {
namespace {

using Parse = Features (*)(std::span<const std::string>, const ParseSpec&);

template <Parse kParse>
void run_parse(const Case& c, const Backend&) {
  const std::vector<std::string> serialized = list_of_bytes_from(c.input("serialized_b64"));
  hold_against(c, "parse", [&] {
    const ParseSpec spec = make_parse_example_spec(columns_from_json(c.input("columns")));
    same_json("spec", json_of(spec), c.input("spec"));
    const Features got = kParse(serialized, spec);
    const Json& expected = c.expected("features");
    if (got.views().size() != expected.size()) {
      throw Difference("got " + std::to_string(got.views().size()) + " features, expected " +
                       std::to_string(expected.size()));
    }
    for (const auto& [key, view] : got.views()) {
      same_feature(key, view, member(expected, key));
    }
  });
}

const KindEntry kExample{"parse_example", {kOnce, run_parse<parse_example>}};
const KindEntry kSequence{"parse_sequence_example", {kOnce, run_parse<parse_sequence_example>}};

}  // namespace
}  // namespace seqfeat::golden
