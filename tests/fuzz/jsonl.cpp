// SPDX-License-Identifier: Apache-2.0
// Lines of JSON as `seqfeat run` reads them; the first byte's low bit asks for a value to keep.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "io/line_reader.hpp"
#include "run/row_batch.hpp"
#include "seqfeat/error.hpp"
#include "spec/json_text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace seqfeat;
using fuzz::promise;

const ParseSpec& spec() {
  static const ParseSpec kSpec{{"w", DType::string}, {"b", DType::int8}, {"u", DType::uint64}};
  return kSpec;
}

std::string value_at(const RaggedView& view, std::int64_t i) {
  if (!is_integer(view.dtype)) return json_string(fuzz::string_at(view, i));
  const std::int64_t bits = fuzz::integer_at(view, i);
  return is_unsigned(view.dtype) ? std::to_string(static_cast<std::uint64_t>(bits))
                                 : std::to_string(bits);
}

/// The only row of a feature as a list of lists.
std::string steps_of(const RaggedView& view) {
  std::string out;
  for (std::int64_t s = 0; s < view.row_offsets[1]; ++s) {
    std::string step;
    for (auto i = view.first_value(s); i < view.first_value(s + 1); ++i) {
      step += (step.empty() ? "" : ",") + value_at(view, i);
    }
    out += (s == 0 ? "[" : ",[") + step + "]";
  }
  return "[" + out + "]";
}

/// The only row of `batch` as a line.
std::string line_of(const run::RowBatch& batch, bool keep) {
  std::string out;
  const Features all = batch.features();
  for (const auto& [key, view] : all.views()) {
    out += (out.empty() ? "{" : ",") + json_string(key) + ":" + steps_of(view);
  }
  if (keep) {
    const Scalar& kept = batch.kept(0).at(0);
    const auto* real = std::get_if<float>(&kept);
    const auto* text = std::get_if<std::string>(&kept);
    out += ",\"k\":" + (real != nullptr   ? json_number(static_cast<double>(*real))
                        : text != nullptr ? json_string(*text)
                                          : std::to_string(std::get<std::int64_t>(kept)));
  }
  return out + "}";
}

/// What `rows` says of a line that it does not take.
std::string refusal_of(run::RowBatch& rows, std::string_view line, std::size_t size) {
  try {
    rows.add(line);
  } catch (const DataError& refusal) {
    fuzz::promise_short(refusal, size);
    return refusal.what();
  }
  return {};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::Input input(data, size);
  const bool keep = (input.mode & 1) != 0;
  std::vector<std::string> kept;
  if (keep) kept.emplace_back("k");
  const auto batch = run::make_row_batch(run::InputFormat::jsonl, spec(), kept);
  const auto again = run::make_row_batch(run::InputFormat::jsonl, spec(), kept);
  const auto library = run::make_jsonl_rows(spec(), kept, run::JsonlWay::library);

  LineReader lines(ByteSource(input.rest, Compression::none, "input"));
  while (const auto line = lines.next()) {
    const std::string refusal = refusal_of(*batch, *line, size);
    promise(refusal_of(*library, *line, size) == refusal, "the library refuses the same");
    if (!refusal.empty()) {
      batch->clear();
      library->clear();
      continue;
    }
    const std::string row = fuzz::dump(batch->features(), 1);
    promise(fuzz::dump(library->features(), 1) == row, "the library reads the same");
    again->add(line_of(*batch, keep));
    promise(fuzz::dump(again->features(), 1) == row, "what is written is read back");
    promise(!keep || again->kept(0) == batch->kept(0), "what is kept survives");
    promise(!keep || library->kept(0) == batch->kept(0), "the library keeps the same");
    batch->clear();
    library->clear();
    again->clear();
  }
  return 0;
}
