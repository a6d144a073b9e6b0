// SPDX-License-Identifier: Apache-2.0
// Reads what `seqfeat run` wrote and shows it to a person: show_parts INPUT.tfrecord SPEC PART
//
// A part is a safetensors file; any reader of that format sees the same tensors by the same names.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <seqfeat/seqfeat.hpp>
#include <span>
#include <string>
#include <vector>

namespace sf = seqfeat;

namespace {

constexpr std::int64_t kRowsInFull = 3;
constexpr std::size_t kRowsInPicture = 16;
constexpr std::int64_t kStepsInFull = 11;

std::string text_of(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw sf::DataError(file + ": cannot be opened");
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// A part's tensors, as arrays.
struct Part {
  explicit Part(const std::string& path) : file(path) {}

  template <class T>
  [[nodiscard]] std::span<const T> array(const std::string& name) const {
    const auto& data = file.tensors().at(name).data;
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
  [[nodiscard]] std::int64_t size(const std::string& name, std::size_t axis) const {
    return file.tensors().at(name).shape.at(axis);
  }

  sf::SafetensorsFile file;
};

/// The first `count` rows of the input.
sf::Ragged read_rows(const std::string& input, const sf::CategoricalColumn& column,
                     std::int64_t count) {
  sf::ExampleParser parser({{column.key(), column.dtype()}}, sf::RecordKind::example);
  sf::TfRecordReader reader(input);
  while (parser.rows() < count) {
    const auto record = reader.next();
    if (!record) break;
    parser.add(*record, parser.rows());
  }
  return parser.feature(column.key());
}

std::string token_of(const sf::RaggedView& rows, std::int64_t value) {
  if (rows.dtype != sf::DType::string) {
    return std::to_string(sf::integer_at(rows.data, rows.dtype, value));
  }
  const std::int64_t begin = rows.byte_offsets[value];
  return {static_cast<const char*>(rows.data) + begin,
          static_cast<std::size_t>(rows.byte_offsets[value + 1] - begin)};
}

/// Tokens over their buckets, and the first vector.
void show_row(const Part& part, const sf::RaggedView& rows, const std::string& column,
              std::int64_t row) {
  const auto ids = part.array<std::int64_t>("ids/" + column);
  const auto row_offsets = part.array<std::int64_t>("row_offsets/" + column);
  const auto step_offsets = part.array<std::int64_t>("step_offsets/" + column);
  const auto index = static_cast<std::size_t>(row);
  const std::int64_t first = row_offsets[index];
  const std::int64_t length = row_offsets[index + 1] - first;
  std::string tokens;
  std::string buckets;
  for (std::int64_t t = 0; t < std::min(length, kStepsInFull); ++t) {
    const std::int64_t at = step_offsets[static_cast<std::size_t>(first + t)];
    const std::string token = token_of(rows, rows.row_offsets[row] + t);
    const std::string bucket = std::to_string(ids[static_cast<std::size_t>(at)]);
    const std::size_t width = std::max(token.size(), bucket.size()) + 2;
    tokens += std::string(width - token.size(), ' ') + token;
    buckets += std::string(width - bucket.size(), ' ') + bucket;
  }
  const char* more = length > kStepsInFull ? "  …" : "";
  std::printf("row %lld: %lld tokens, %lld kept\n  tokens %s%s\n  buckets%s%s\n  values ",
              static_cast<long long>(row),
              static_cast<long long>(rows.row_offsets[row + 1] - rows.row_offsets[row]),
              static_cast<long long>(length), tokens.c_str(), more, buckets.c_str(), more);
  const std::int64_t dim = part.size("values", 2);
  const auto values = part.array<float>("values");
  for (std::int64_t d = 0; d < std::min<std::int64_t>(dim, 6) && length > 0; ++d) {
    const std::int64_t cell = row * part.size("values", 1) * dim + d;
    std::printf(" %8.5f", static_cast<double>(values[static_cast<std::size_t>(cell)]));
  }
  std::printf("%s of its first step\n\n", dim > 6 ? " …" : "");
}

/// Some rows from all over the part.
void show_mask(const Part& part) {
  const auto mask = part.array<std::uint8_t>("mask");
  const auto lengths = part.array<std::int64_t>("lengths");
  const auto width = static_cast<std::size_t>(part.size("mask", 1));
  const std::size_t stride = std::max<std::size_t>(1, lengths.size() / kRowsInPicture);
  std::printf("mask, and lengths:\n");
  for (std::size_t row = 0; row < lengths.size(); row += stride) {
    std::string picture;
    for (std::size_t t = 0; t < width; ++t) picture += mask[row * width + t] != 0 ? "█" : "·";
    std::printf("  row %4zu  %s %4lld\n", row, picture.c_str(),
                static_cast<long long>(lengths[row]));
  }
}

void show(const std::string& input, const std::string& spec_file, const std::string& part_file) {
  const sf::Spec spec = sf::parse_spec(text_of(spec_file));
  const Part part(part_file);
  const sf::CategoricalColumn& column = sf::categorical_of(spec.columns.at(0));
  const sf::Ragged rows = read_rows(input, column, part.size("values", 0));
  const auto lengths = part.array<std::int64_t>("lengths");
  bool cut_shown = false;
  for (std::int64_t row = 0; row < rows.rows(); ++row) {
    const sf::RaggedView view = rows.view();
    const std::int64_t given = view.row_offsets[row + 1] - view.row_offsets[row];
    const bool cut = given > lengths[static_cast<std::size_t>(row)];
    if (row < kRowsInFull || (cut && !cut_shown)) {
      show_row(part, view, sf::name_of(spec.columns[0]), row);
    }
    cut_shown = cut_shown || cut;
  }
  show_mask(part);
  std::printf("values [%lld, %lld, %lld]\n", static_cast<long long>(part.size("values", 0)),
              static_cast<long long>(part.size("values", 1)),
              static_cast<long long>(part.size("values", 2)));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: %s INPUT.tfrecord SPEC.json PART.safetensors\n", argv[0]);
    return 2;
  }
  try {
    show(argv[1], argv[2], argv[3]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "show_parts: %s\n", error.what());
    return 1;
  }
}
