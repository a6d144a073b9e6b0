// SPDX-License-Identifier: Apache-2.0
#include "run/part.hpp"

#include <algorithm>
#include <bit>
#include <fstream>
#include <span>
#include <utility>
#include <variant>

#include "backend/concat.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/safetensors.hpp"

namespace seqfeat::run {
namespace {

using Tensors = std::vector<std::pair<std::string, TensorView>>;

void add(Tensors& tensors, std::string name, const std::vector<std::int64_t>& values) {
  tensors.emplace_back(std::move(name), TensorView{"I64",
                                                   {static_cast<std::int64_t>(values.size())},
                                                   std::as_bytes(std::span(values))});
}

/// Kept values of one kind, side by side.
struct KeptColumn {
  std::vector<std::int64_t> integers;
  std::vector<float> reals;

  explicit KeptColumn(const std::vector<Scalar>& values) {
    for (const Scalar& value : values) {
      if (const auto* integer = std::get_if<std::int64_t>(&value)) integers.push_back(*integer);
      if (const auto* real = std::get_if<float>(&value)) reals.push_back(*real);
    }
  }
  [[nodiscard]] TensorView view() const {
    if (reals.empty()) {
      return {
          "I64", {static_cast<std::int64_t>(integers.size())}, std::as_bytes(std::span(integers))};
    }
    return {"F32", {static_cast<std::int64_t>(reals.size())}, std::as_bytes(std::span(reals))};
  }
};

Tensors tensors_of(const Batch& batch, const EmitSet& emit) {
  Tensors tensors;
  const std::int64_t rows = batch.rows();
  if (emit.values) {
    tensors.emplace_back(
        "values",
        TensorView{"F32", {rows, batch.width(), batch.dim()}, std::as_bytes(batch.values())});
  }
  if (emit.lengths) {
    tensors.emplace_back("lengths", TensorView{"I64", {rows}, std::as_bytes(batch.lengths())});
  }
  if (emit.mask) {
    tensors.emplace_back("mask",
                         TensorView{"BOOL", {rows, batch.width()}, std::as_bytes(batch.mask())});
  }
  return tensors;
}

std::string text(std::int64_t number) {
  return std::to_string(number);
}

std::optional<std::int64_t> number_in(const MadeFrom& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  if (found == metadata.end() || found->second.empty()) return std::nullopt;
  std::int64_t number = 0;
  for (const char c : found->second) {
    if (c < '0' || c > '9' || __builtin_mul_overflow(number, 10, &number) ||
        __builtin_add_overflow(number, c - '0', &number)) {
      return std::nullopt;
    }
  }
  return number;
}

/// Size and CRC-32C of a file that is there already.
WrittenFile checksum_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::vector<char> block(std::size_t{1} << 20);
  WrittenFile sums;
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    const std::span<const char> got(block.data(), static_cast<std::size_t>(file.gcount()));
    sums.bytes += file.gcount();
    sums.crc32c = crc32c(std::as_bytes(got), sums.crc32c);
  }
  if (!file.eof()) throw IoError(detail::concat(path.string(), ": cannot be read again"));
  return sums;
}

}  // namespace

std::string part_name(std::int64_t index) {
  std::string digits = std::to_string(index);
  if (digits.size() < 5) digits.insert(0, 5 - digits.size(), '0');
  return "part-" + digits + ".safetensors";
}

void unify_nans(const Batch& batch, PaddingSide side) {
  constexpr std::int32_t kInfinity = 0x7f800000;
  constexpr std::uint32_t kNan = 0x7fc00000;
  const auto is_nan = [](float value) {
    return static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(value) & 0x7fffffffU) > kInfinity;
  };
  // The batch is ours alone and its memory is not const: only the spans over it are.
  auto* values = const_cast<float*>(batch.values().data());
  for (const std::int64_t length : batch.lengths()) {
    const std::int64_t padding = side == PaddingSide::left ? batch.width() - length : 0;
    const std::span<float> steps(values + padding * batch.dim(),
                                 static_cast<std::size_t>(length * batch.dim()));
    bool some = false;
    for (const float value : steps) some |= is_nan(value);  // nearly never
    for (float& value : steps.first(some ? steps.size() : 0)) {
      if (is_nan(value)) value = std::bit_cast<float>(kNan);
    }
    values += batch.width() * batch.dim();
  }
}

PartInfo write_part(const std::filesystem::path& directory, const Part& part, const EmitSet& emit,
                    const std::vector<std::string>& keep, const MadeFrom& made) {
  const Batch& batch = *part.batch;
  Tensors tensors = tensors_of(batch, emit);
  std::vector<KeptColumn> columns(part.kept.begin(), part.kept.end());
  for (std::size_t k = 0; k < keep.size(); ++k) {
    tensors.emplace_back("keep/" + keep[k], columns[k].view());
  }
  if (emit.ids) {
    for (const ColumnIds& column : batch.ids()) {
      add(tensors, "ids/" + column.name, column.ids);
      add(tensors, "row_offsets/" + column.name, column.row_offsets);
      add(tensors, "step_offsets/" + column.name, column.step_offsets);
    }
  }

  PartInfo info{.file = part_name(part.index),
                .first_row = part.first_row,
                .rows = batch.rows(),
                .tokens = part.tokens,
                .input_crc32c = part.input_crc32c};
  MadeFrom metadata = made;
  metadata["first_row"] = text(info.first_row);
  metadata["rows"] = text(info.rows);
  metadata["tokens"] = text(info.tokens);
  metadata["input_crc32c"] = text(info.input_crc32c);
  const WrittenFile written = write_safetensors(directory / info.file, tensors, metadata);
  info.bytes = written.bytes;
  info.crc32c = written.crc32c;
  return info;
}

std::optional<PartInfo> read_part(const std::filesystem::path& directory, std::int64_t index,
                                  const MadeFrom& made) {
  PartInfo info{.file = part_name(index)};
  const std::filesystem::path path = directory / info.file;
  if (!std::filesystem::exists(path)) return std::nullopt;
  std::optional<SafetensorsFile> file;
  try {
    file.emplace(path);
  } catch (const DataError&) {
    return std::nullopt;  // not whole: it is made again
  }
  const MadeFrom metadata(file->metadata().begin(), file->metadata().end());
  check_same(made, metadata, path.string());
  const auto first_row = number_in(metadata, "first_row");
  const auto rows = number_in(metadata, "rows");
  const auto tokens = number_in(metadata, "tokens");
  const auto input_crc32c = number_in(metadata, "input_crc32c");
  if (!first_row || !rows || !tokens || !input_crc32c) {
    throw InvalidArgument(detail::concat(path.string(),
                                         ": got a part without first_row, rows, "
                                         "tokens and input_crc32c, expected one made by run"));
  }
  info.first_row = *first_row;
  info.rows = *rows;
  info.tokens = *tokens;
  info.input_crc32c = static_cast<std::uint32_t>(*input_crc32c);
  const WrittenFile whole = checksum_file(path);
  info.bytes = whole.bytes;
  info.crc32c = whole.crc32c;
  return info;
}

}  // namespace seqfeat::run
