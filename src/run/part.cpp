// SPDX-License-Identifier: Apache-2.0
#include "run/part.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

#include "backend/text.hpp"
#include "io/atomic_file.hpp"
#include "run/text.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/safetensors.hpp"
#include "table/safetensors_types.hpp"
#include "table/safetensors_writer.hpp"

namespace seqfeat::run {
namespace {

constexpr std::string_view kPartPrefix = "part-";
constexpr std::string_view kProofSuffix = ".proof";
constexpr std::size_t kLeastDigits = 5;

using Tensors = std::vector<std::pair<std::string, TensorView>>;

/// Adds the tensor `name` of `values`, of one dimension if no shape is given.
template <class Values>
void add(Tensors& tensors, std::string name, const char* dtype, const Values& values,
         std::vector<std::int64_t> shape = {}) {
  if (shape.empty()) shape = {static_cast<std::int64_t>(values.size())};
  tensors.emplace_back(std::move(name),
                       TensorView{dtype, std::move(shape), std::as_bytes(std::span(values))});
}

Tensors tensors_of(const Batch& batch, const EmitSet& emit) {
  Tensors tensors;
  const std::int64_t rows = batch.rows();
  const std::int64_t padded = batch.padded_steps();
  if (emit.values) add(tensors, "values", "F32", batch.values(), {rows, padded, batch.dim()});
  if (emit.lengths) add(tensors, "lengths", "I64", batch.lengths());
  if (emit.mask) add(tensors, "mask", "BOOL", batch.mask(), {rows, padded});
  if (emit.ragged) {
    add(tensors, "ragged_values", "F32", batch.ragged_values(), {batch.steps(), batch.dim()});
    add(tensors, "row_offsets", "I64", batch.row_offsets());
  }
  return tensors;
}

void add_ids(Tensors& tensors, const Batch& batch) {
  for (const ColumnIds& column : batch.ids()) {
    add(tensors, "ids/" + column.name, "I64", column.ids);
    add(tensors, "row_offsets/" + column.name, "I64", column.row_offsets);
    add(tensors, "step_offsets/" + column.name, "I64", column.step_offsets);
  }
}

/// The kept values of one key, one a row and all of one type, as tensors.
class KeptColumn {
 public:
  explicit KeptColumn(const std::vector<Scalar>& values) {
    for (const Scalar& value : values) {
      if (const auto* integer = std::get_if<std::int64_t>(&value)) integers_.push_back(*integer);
      if (const auto* real = std::get_if<float>(&value)) reals_.push_back(*real);
      if (const auto* text = std::get_if<std::string>(&value)) {
        if (offsets_.empty()) offsets_.push_back(0);
        bytes_ += *text;
        offsets_.push_back(static_cast<std::int64_t>(bytes_.size()));
      }
    }
  }

  /// Adds `keep/<key>`, of strings their bytes, and `keep_offsets/<key>` beside them. The tensors
  /// point into this object.
  void add_to(Tensors& tensors, const std::string& key) const {
    if (!offsets_.empty()) {
      add(tensors, "keep/" + key, "U8", bytes_);
      add(tensors, "keep_offsets/" + key, "I64", offsets_);
    } else if (!reals_.empty()) {
      add(tensors, "keep/" + key, "F32", reals_);
    } else {
      add(tensors, "keep/" + key, "I64", integers_);
    }
  }

 private:
  std::vector<std::int64_t> integers_;
  std::vector<float> reals_;
  std::string bytes_;
  std::vector<std::int64_t> offsets_;
};

/// Gives the metadata of a part the CRC of their header, in which tensors may stand beside them.
void seal(Metadata& metadata, const Tensors& tensors) {
  const std::string header = safetensors_header(tensors, metadata);
  metadata[kHeaderCrcKey] = crc_text(header_crc(header.substr(kLengthBytes)));
}

PartInfo info_of(const Part& part, const EmitSet& emit) {
  const Batch& batch = *part.batch;
  const bool padded = emit.values || emit.mask;
  PartInfo info{.file = part_name(part.source.index),
                .first_row = part.source.first_row,
                .rows = batch.rows(),
                .tokens = part.source.tokens,
                .slots = padded ? batch.rows() * batch.padded_steps() : 0};
  for (const std::int64_t length : batch.lengths()) info.steps += length;
  return info;
}

/// Writes a part in a form of others, and its proof, which gets its name first.
std::optional<PartInfo> write_formed(const std::filesystem::path& directory, const Part& part,
                                     PartInfo info, const Tensors& tensors, const MadeFrom& made,
                                     PartForm& form,
                                     const std::function<void(const PartInfo&)>& before_rename) {
  AtomicFile file(directory / info.file);
  form.encode(tensors, [&](std::span<const std::byte> bytes) {
    file.write(bytes);
    info.bytes += static_cast<std::int64_t>(bytes.size());
    info.crc32c = crc32c(bytes, info.crc32c);
  });
  const auto complete = made.complete();
  if (!complete) return std::nullopt;
  Metadata metadata = part_metadata(*complete, part.source, info, info.crc32c);
  seal(metadata, {});
  AtomicFile proof(directory / proof_name(info.file));
  proof.write(safetensors_header(Tensors{}, metadata));
  file.sync();
  proof.sync();
  before_rename(info);
  proof.commit();
  file.commit();
  return info;
}

}  // namespace

std::string_view ending_of(std::string_view part) noexcept {
  return part.substr(std::min(part.rfind('.'), part.size()));
}

std::string proof_name(std::string_view part) {
  return "." + std::string(part) + std::string(kProofSuffix);
}

std::string part_name(std::int64_t index, std::string_view ending) {
  std::string digits = std::to_string(index);
  if (digits.size() < kLeastDigits) digits.insert(0, kLeastDigits - digits.size(), '0');
  return std::string(kPartPrefix) + digits + std::string(ending);
}

std::optional<std::int64_t> part_index(std::string_view name) {
  const std::string_view ending = ending_of(name);
  const bool known =
      std::find(kPartEndings.begin(), kPartEndings.end(), ending) != kPartEndings.end();
  if (!name.starts_with(kPartPrefix) || !known) return std::nullopt;
  const std::size_t digits = name.size() - kPartPrefix.size() - ending.size();
  const auto index = detail::number_in<std::int64_t>(name.substr(kPartPrefix.size(), digits));
  if (!index || *index < 0 || part_name(*index, ending) != name) return std::nullopt;
  return index;
}

std::string crc_text(std::uint32_t crc32c) {
  std::string digits = std::to_string(crc32c);
  return digits.insert(0, 10 - digits.size(), '0');
}

Metadata part_metadata(Metadata made, const PartSource& source, const PartInfo& info,
                       std::uint32_t data_crc32c) {
  made["first_row"] = std::to_string(source.first_row);
  made["rows"] = std::to_string(source.rows);
  made["tokens"] = std::to_string(source.tokens);
  made["inputs"] = json_list(source.inputs);
  made["input_crc32c"] = std::to_string(source.input_crcs.back());
  made["steps"] = std::to_string(info.steps);
  made["slots"] = std::to_string(info.slots);
  made[kDataCrcKey] = crc_text(data_crc32c);
  made[kHeaderCrcKey] = crc_text(0);
  return made;
}

std::uint32_t header_crc(std::string json) {
  constexpr std::string_view kBefore = R"("header_crc32c":")";
  const std::size_t at = json.find(kBefore);
  if (at != std::string::npos) {
    const std::size_t digits = at + kBefore.size();
    const std::size_t end = std::min(digits + crc_text(0).size(), json.size());
    std::fill(json.begin() + static_cast<std::ptrdiff_t>(digits),
              json.begin() + static_cast<std::ptrdiff_t>(end), '0');
  }
  return crc32c(std::as_bytes(std::span(json)));
}

std::optional<PartInfo> write_part(const std::filesystem::path& directory, const Part& part,
                                   const EmitSet& emit, const std::vector<std::string>& keep,
                                   const MadeFrom& made, PartForm* form,
                                   const std::function<void(const PartInfo&)>& before_rename) {
  const Batch& batch = *part.batch;
  Tensors tensors = tensors_of(batch, emit);
  const std::vector<KeptColumn> columns(part.kept.begin(), part.kept.end());
  for (std::size_t k = 0; k < keep.size(); ++k) columns[k].add_to(tensors, keep[k]);
  if (emit.ids) add_ids(tensors, batch);

  PartInfo info = info_of(part, emit);
  if (form != nullptr) {
    info.file = part_name(part.source.index, form->ending());
    return write_formed(directory, part, std::move(info), tensors, made, *form, before_rename);
  }
  SafetensorsWriter file(directory / info.file, tensors,
                         part_metadata(made.draft(), part.source, info, 0));
  const auto complete = made.complete();
  if (!complete) return std::nullopt;
  Metadata metadata = part_metadata(*complete, part.source, info, file.data_crc32c());
  seal(metadata, tensors);
  file.replace(tensors, metadata);
  const WrittenFile written = file.sync();
  info.bytes = written.bytes;
  info.crc32c = written.crc32c;
  before_rename(info);
  file.commit();
  return info;
}

}  // namespace seqfeat::run
