// SPDX-License-Identifier: Apache-2.0
#include "run/part_proof.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "run/text.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"
#include "table/mapped_file.hpp"
#include "table/safetensors_header.hpp"
#include "table/safetensors_types.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;

std::optional<std::int64_t> number_in(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  if (found == metadata.end()) return std::nullopt;
  return detail::number_in<std::int64_t>(found->second);
}

std::optional<std::vector<std::string>> list_in(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  if (found == metadata.end()) return std::nullopt;
  try {
    return nlohmann::json::parse(found->second).get<std::vector<std::string>>();
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

/// "a.tfrecord:0:20" without its last number.
std::string_view begin_of(std::string_view input) {
  return input.substr(0, input.rfind(':') + 1);
}

std::int64_t records_of(std::string_view input) {
  return detail::number_in<std::int64_t>(input.substr(begin_of(input).size())).value_or(0);
}

/// Whether `source` begins with the records of `inputs`, whose bytes have the CRC `crc`, and has
/// more records after them, in the last file or in further ones.
bool goes_on(const std::vector<std::string>& inputs, std::int64_t crc, const PartSource& source) {
  const std::vector<std::string>& more = source.inputs;
  if (inputs.empty() || inputs.size() > more.size()) return false;
  const std::size_t last = inputs.size() - 1;
  if (!std::equal(inputs.begin(), inputs.end() - 1, more.begin()) ||
      begin_of(inputs[last]) != begin_of(more[last]) ||
      records_of(inputs[last]) > records_of(more[last])) {
    return false;
  }
  std::int64_t records = 0;
  for (const std::string& input : inputs) records += records_of(input);
  const auto at = static_cast<std::size_t>(records) - 1;
  return records > 0 && at < source.input_crcs.size() && crc == std::int64_t{source.input_crcs[at]};
}

[[noreturn]] void refuse_difference(const std::string& file, const std::vector<std::string>& got,
                                    const std::vector<std::string>& expected) {
  std::size_t i = 0;
  while (i < got.size() && i < expected.size() && got[i] == expected[i]) ++i;
  refuse_other_input(file, i < got.size() ? got[i] : "", i < expected.size() ? expected[i] : "");
}

bool is_ours(const std::filesystem::path& part) {
  return ending_of(part.native()) == kPartEndings.front();
}

/// Size and CRC of a whole file whose data have the CRC of its metadata; otherwise nothing. All of
/// a file in another form is data.
std::optional<WrittenFile> proven_file(const std::filesystem::path& path,
                                       const Metadata& metadata) {
  try {
    const MappedFile mapped = map_file(path);
    std::span<const std::byte> header;
    if (is_ours(path)) {
      const SafetensorsFile checked(mapped.bytes, path.string());
      const auto text = safetensors_header_text(mapped.bytes, path.string());
      header = mapped.bytes.first(kLengthBytes + text.size());
    }
    const auto data = mapped.bytes.subspan(header.size());
    const std::uint32_t crc = crc32c(data);
    const auto claimed = metadata.find(kDataCrcKey);
    if (claimed == metadata.end() || claimed->second != crc_text(crc)) return std::nullopt;
    return WrittenFile{static_cast<std::int64_t>(mapped.bytes.size()),
                       crc32c_of_both(crc32c(header), crc, data.size())};
  } catch (const DataError&) {
    return std::nullopt;
  }
}

}  // namespace

void refuse_other_input(const std::string& file, std::string_view got, std::string_view expected) {
  throw InvalidArgument(concat(file, ": got other input: it was made from ",
                               got.empty() ? "nothing more" : got, ", now there is ",
                               expected.empty() ? "nothing more" : expected,
                               "; --resume needs the input that the run began with, --overwrite "
                               "starts anew"));
}

std::optional<PartHeader> read_part_header(const std::filesystem::path& part) {
  const auto proof = part.parent_path() / proof_name(part.filename().native());
  const std::filesystem::path& file = is_ours(part) ? part : proof;
  try {
    const MappedFile mapped = map_file(file);
    const std::string_view json = safetensors_header_text(mapped.bytes, file.string());
    const auto header = parse_safetensors_header(json, file.string());
    PartHeader found{.metadata = {header.metadata.begin(), header.metadata.end()}};
    if (!found.metadata.contains(kFormKey)) return std::nullopt;
    const auto crc = found.metadata.find(kHeaderCrcKey);
    found.intact =
        crc != found.metadata.end() && crc->second == crc_text(header_crc(std::string(json)));
    return found;
  } catch (const DataError&) {
    return std::nullopt;
  }
}

PartCounts counts_of(const Metadata& metadata) {
  return {number_in(metadata, "rows").value_or(0), number_in(metadata, "tokens").value_or(0),
          number_in(metadata, "first_row").value_or(0)};
}

std::optional<PartInfo> proven_part(const std::filesystem::path& directory,
                                    const PartSource& source, const Metadata& metadata,
                                    std::string_view ending, std::int64_t batch_size) {
  PartInfo info{.file = part_name(source.index, ending),
                .first_row = source.first_row,
                .rows = source.rows,
                .tokens = source.tokens};
  const std::string path = (directory / info.file).string();
  const auto rows = number_in(metadata, "rows");
  const auto inputs = list_in(metadata, "inputs");
  const auto crc = number_in(metadata, "input_crc32c");
  const auto steps = number_in(metadata, "steps");
  const auto slots = number_in(metadata, "slots");
  if (!rows || !inputs || !crc || !steps || !slots) return std::nullopt;
  if (*inputs != source.inputs) {
    if (*rows < batch_size && goes_on(*inputs, *crc, source)) return std::nullopt;
    refuse_difference(path, *inputs, source.inputs);
  }
  if (*crc != std::int64_t{source.input_crcs.back()}) {
    refuse_other_input(path, "other bytes of " + json_list(*inputs),
                       "the same records with other bytes");
  }
  const bool same = *rows == source.rows && number_in(metadata, "first_row") == source.first_row &&
                    number_in(metadata, "tokens") == source.tokens;
  const auto whole = same ? proven_file(path, metadata) : std::nullopt;
  if (!whole) return std::nullopt;
  info.steps = *steps;
  info.slots = *slots;
  info.bytes = whole->bytes;
  info.crc32c = whole->crc32c;
  return info;
}

}  // namespace seqfeat::run
