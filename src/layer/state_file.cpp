// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstring>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "layer/optimizer_state_impl.hpp"
#include "seqfeat/crc32c.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/fingerprint.hpp"
#include "seqfeat/safetensors.hpp"
#include "seqfeat/spec_json.hpp"
#include "spec/json_text.hpp"
#include "table/safetensors_types.hpp"
#include "table/safetensors_writer.hpp"

// Tables and the state of an optimizer as one safetensors file.

namespace seqfeat::detail {
namespace {

using Metadata = std::map<std::string, std::string>;
constexpr const char* kCrc = "crc32c";

/// One tensor of the file and where it stands in the backend's memory.
struct Piece {
  std::string name;
  TableView view;
  bool frozen = false;  ///< A table that training does not change.

  [[nodiscard]] std::int64_t row_bytes() const noexcept { return view.dim * size_of(view.type); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    return static_cast<std::size_t>(view.rows * row_bytes());
  }
  [[nodiscard]] std::vector<std::int64_t> shape() const { return {view.rows, view.dim}; }
};

/// Copies a piece to host memory without gaps, or from there.
enum class Direction : std::uint8_t { to_host, from_host };
void copy_rows(const Backend& backend, const Piece& piece, std::byte* host, Direction direction,
               Stream stream) {
  auto* rows = static_cast<std::byte*>(const_cast<void*>(piece.view.data));
  const std::int64_t pitch = piece.view.stride() * size_of(piece.view.type);
  const bool gaps = piece.view.stride() != piece.view.dim;
  const std::int64_t count = gaps ? piece.view.rows : 1;
  const auto bytes = gaps ? piece.row_bytes() : static_cast<std::int64_t>(piece.bytes());
  for (std::int64_t i = 0; i < count; ++i, rows += pitch, host += bytes) {
    if (direction == Direction::to_host) {
      backend.copy(host, rows, bytes, stream);
    } else {
      backend.copy(rows, host, bytes, stream);
    }
  }
}

/// The bytes of a piece on the host: where they are, or in `copy`.
std::span<const std::byte> on_host(const Backend& backend, const Piece& piece,
                                   std::vector<std::byte>& copy, Stream stream) {
  if (!backend.on_device() && piece.view.stride() == piece.view.dim) {
    return {static_cast<const std::byte*>(piece.view.data), piece.bytes()};
  }
  copy.resize(piece.bytes());
  copy_rows(backend, piece, copy.data(), Direction::to_host, stream);
  backend.synchronize(stream);
  return copy;
}

/// All tables of a layer, each once, and the state of the trained ones.
std::vector<Piece> pieces_of(const OptimizerStateImpl& state) {
  std::vector<Piece> pieces;
  const CompiledColumns& columns = state.layer->columns;
  for (std::size_t t = 0; t < state.trained.tables.size(); ++t) {
    pieces.push_back({state.trained.names[t],
                      state.layer->tables.view(columns.find_table(state.trained.names[t]))});
  }
  for (std::size_t t = 0; t < columns.tables.size(); ++t) {
    if (columns.embedding(columns.tables[t].columns.front())->options().trainable) continue;
    pieces.push_back({columns.tables[t].name, state.layer->tables.view(t), true});
  }
  for (const StateTensor& tensor : state.tensors) {
    pieces.push_back(
        {tensor.table + '/' + tensor.slot, {tensor.data, tensor.rows, tensor.dim, tensor.dim}});
  }
  return pieces;
}

/// What a file says of the state besides tensors.
Metadata metadata_of(const OptimizerStateImpl& state) {
  const std::string spec = to_json(Spec{state.layer->columns.columns, state.layer->options});
  return {{"step", std::to_string(state.step)},
          {"learning_rate", json_number(state.learning_rate)},
          {"optimizer", to_json(state.optimizer)},
          {"spec_fingerprint64", std::to_string(fingerprint64(spec))}};
}

/// Ten digits: the checksum of all tensors' bytes, and behind them of the metadata but itself.
template <class Map>
std::string checksum(const Map& metadata, std::uint32_t crc) {
  for (const auto& [key, value] : metadata) {
    if (key == kCrc) continue;
    const std::string line = concat(key, '=', value, '\n');
    crc = crc32c(std::as_bytes(std::span(line)), crc);
  }
  const std::string digits = std::to_string(crc);
  return std::string(10 - digits.size(), '0') + digits;
}

/// The checksum of the bytes of all tensors, which stand side by side in the file.
std::uint32_t data_crc(const SafetensorsFile& file) {
  const std::byte* begin = nullptr;
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : file.tensors()) {
    if (begin == nullptr || tensor.data.data() < begin) begin = tensor.data.data();
    bytes += tensor.data.size();
  }
  return crc32c({begin, bytes});
}

/// A file whose checksum is right and whose metadata is that of a state.
class StateFile {
 public:
  explicit StateFile(const std::filesystem::path& path) : name_(path.string()), file_(path) {
    if (said(kCrc) != checksum(file_.metadata(), data_crc(file_))) {
      throw DataError(concat(name_, ": it is damaged: its contents have the checksum ",
                             checksum(file_.metadata(), data_crc(file_)), ", expected ",
                             said(kCrc)));
    }
  }

  [[nodiscard]] const std::string& said(const char* key) const {
    const auto found = file_.metadata().find(key);
    if (found != file_.metadata().end()) return found->second;
    throw DataError(concat(name_, ": no '", key, "' in its metadata; OptimizerState::save writes ",
                           "files that can be loaded"));
  }

  template <class T>
  [[nodiscard]] T number(const char* key) const {
    const auto number = number_in<T>(said(key));
    if (number && *number >= T{0}) return *number;
    throw DataError(concat(name_, ": ", key, " is '", said(key), "', expected a number >= 0"));
  }

  /// Throws InvalidArgument unless the file says of `key` what the state does.
  void check(const char* key, const std::string& expected, std::string_view whose) const {
    if (said(key) == expected) return;
    throw InvalidArgument(
        concat(name_, ": it is ", whose, ": ", key, " is ", said(key), ", expected ", expected));
  }

  /// The tensor of a piece. Throws InvalidArgument if it has another form.
  [[nodiscard]] std::span<const std::byte> bytes_of(const Piece& piece) const {
    const auto found = file_.tensors().find(piece.name);
    if (found == file_.tensors().end()) {
      throw DataError(concat(name_, ": no tensor '", piece.name, '\''));
    }
    const TensorView& tensor = found->second;
    const std::string_view dtype = dtype_of(piece.view.type);
    if (tensor.dtype == dtype && tensor.shape == piece.shape()) return tensor.data;
    throw InvalidArgument(concat(name_, ": tensor '", piece.name, "': got ",
                                 describe_tensor(tensor.dtype, tensor.shape), ", expected ",
                                 describe_tensor(dtype, piece.shape())));
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  SafetensorsFile file_;
};

}  // namespace

void OptimizerStateImpl::save(const std::filesystem::path& file, Stream stream) {
  check_of(*layer);
  complete();
  layer->backend.synchronize(stream);
  const std::vector<Piece> pieces = pieces_of(*this);
  std::vector<std::vector<std::byte>> copies(pieces.size());
  std::vector<std::pair<std::string, TensorView>> entries;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    const Piece& piece = pieces[i];
    entries.emplace_back(piece.name,
                         TensorView{std::string(dtype_of(piece.view.type)), piece.shape(),
                                    on_host(layer->backend, piece, copies[i], stream)});
  }
  Metadata metadata = metadata_of(*this);
  metadata[kCrc] = checksum(Metadata(), 0);
  SafetensorsWriter writer(file, entries, metadata);
  metadata[kCrc] = checksum(metadata, writer.data_crc32c());
  writer.replace(entries, metadata);
  static_cast<void>(writer.sync());
  writer.commit();
}

void OptimizerStateImpl::load(const std::filesystem::path& file, Stream stream) {
  check_of(*layer);
  complete();
  const StateFile saved(file);
  const Metadata own = metadata_of(*this);
  saved.check("spec_fingerprint64", own.at("spec_fingerprint64"), "another layer's");
  saved.check("optimizer", own.at("optimizer"), "another optimizer's");
  const auto saved_step = saved.number<std::int64_t>("step");
  const auto saved_rate = saved.number<double>("learning_rate");
  const Backend& backend = layer->backend;
  const std::vector<Piece> pieces = pieces_of(*this);
  for (const Piece& piece : pieces) {
    const auto bytes = saved.bytes_of(piece);
    if (!piece.frozen) continue;
    std::vector<std::byte> copy;
    if (std::memcmp(on_host(backend, piece, copy, stream).data(), bytes.data(), bytes.size()) !=
        0) {
      throw InvalidArgument(concat(saved.name(), ": the frozen table '", piece.name,
                                   "' is another than the layer's; bind the one of the file"));
    }
  }
  for (const Piece& piece : pieces) {
    if (piece.frozen) continue;
    // Only read from: the copy goes from the host to the table.
    auto* bytes = const_cast<std::byte*>(saved.bytes_of(piece).data());
    copy_rows(backend, piece, bytes, Direction::from_host, stream);
  }
  backend.synchronize(stream);
  step = saved_step;
  learning_rate = saved_rate;
}

}  // namespace seqfeat::detail
