// SPDX-License-Identifier: Apache-2.0
#include "table/safetensors_header.hpp"

#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "seqfeat/error.hpp"
#include "spec/json_tree.hpp"
#include "table/safetensors_types.hpp"

namespace seqfeat {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxRank = 64;

/// Takes the parser's events. The format has one shape only, so where we are in it is one word.
class HeaderReader final : public Json::json_sax_t {
 public:
  explicit HeaderReader(const std::string& file) : file_(file) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { refuse_value("null"); }
  bool boolean(bool value) override { refuse_value(value ? "true" : "false"); }
  bool number_float(double /*value*/, const std::string& text) override { refuse_value(text); }
  bool number_integer(std::int64_t value) override { refuse_value(std::to_string(value)); }
  bool binary(Json::binary_t& /*value*/) override { return false; }  // has no spelling in JSON text

  bool number_unsigned(std::uint64_t value) override {
    if (in_ != In::list) refuse_value(std::to_string(value));
    if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      refuse_value(std::to_string(value));
    }
    if (list_.size() == kMaxRank) refuse(key_ + ": more than 64 numbers");
    list_.push_back(static_cast<std::int64_t>(value));
    return true;
  }

  bool string(std::string& value) override {
    if (in_ == In::metadata) {
      header_.metadata[key_] = std::move(value);
    } else if (in_ == In::tensor && key_ == "dtype") {
      if (!bytes_of_dtype(value)) refuse("dtype: unknown type '" + shortened(value) + "'");
      entry_.dtype = std::move(value);
    } else {
      refuse_value("a string");
    }
    return true;
  }

  bool start_object(std::size_t /*size*/) override {
    if (in_ == In::nothing) {
      in_ = In::header;
    } else if (in_ == In::header && name_ == kMetadataKey) {
      in_ = In::metadata;
    } else if (in_ == In::header) {
      in_ = In::tensor;
      entry_ = {};
      seen_ = {};
    } else {
      refuse_value("an object");
    }
    return true;
  }

  bool end_object() override {
    if (in_ == In::tensor) finish_tensor();
    if (in_ == In::metadata || in_ == In::tensor) in_ = In::header;
    return true;
  }

  bool start_array(std::size_t /*size*/) override {
    if (in_ != In::tensor || key_ == "dtype") refuse_value("an array");
    in_ = In::list;
    list_.clear();
    return true;
  }

  bool end_array() override {
    in_ = In::tensor;
    if (key_ == "shape") {
      entry_.shape = list_;
      return true;
    }
    if (list_.size() != 2 || list_[0] > list_[1]) {
      refuse("data_offsets: must be [begin, end] with begin <= end");
    }
    entry_.begin = list_[0];
    entry_.end = list_[1];
    return true;
  }

  bool key(std::string& name) override {
    if (in_ == In::header) {
      name_ = name;
      if (header_.tensors.contains(name) || (name == kMetadataKey && metadata_seen_)) {
        refuse("appears twice");
      }
      metadata_seen_ = metadata_seen_ || name == kMetadataKey;
    } else if (in_ == In::metadata) {
      if (header_.metadata.contains(name))
        refuse("the key '" + shortened(name) + "' appears twice");
    } else {
      bool& seen = name == "dtype"   ? seen_.dtype
                   : name == "shape" ? seen_.shape
                                     : seen_.data_offsets;
      if (&seen == &seen_.data_offsets && name != "data_offsets") {
        refuse("unknown key '" + shortened(name) + "', expected dtype, shape and data_offsets");
      }
      if (seen) refuse(name + " appears twice");
      seen = true;
    }
    if (in_ != In::header) key_ = name;
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const Json::exception& error) override {
    throw DataError(file_ + ": header, byte " + std::to_string(position + kLengthBytes) +
                    ": broken JSON: " + json_error_text(error.what()));
  }

 private:
  enum class In : std::uint8_t { nothing, header, metadata, tensor, list };
  struct Seen {
    bool dtype = false;
    bool shape = false;
    bool data_offsets = false;
  };

  void finish_tensor() {
    if (!seen_.dtype || !seen_.shape || !seen_.data_offsets) {
      refuse("must have dtype, shape and data_offsets");
    }
    const auto bytes = bytes_of_tensor(entry_.dtype, entry_.shape);
    const std::string described = describe_tensor(entry_.dtype, entry_.shape);
    if (!bytes) refuse(described + " is more bytes than an int64 can count");
    if (*bytes != entry_.end - entry_.begin) {
      refuse(described + " is " + std::to_string(*bytes) + " bytes, but data_offsets [" +
             std::to_string(entry_.begin) + ", " + std::to_string(entry_.end) + "] hold " +
             std::to_string(entry_.end - entry_.begin));
    }
    header_.tensors.emplace(name_, std::move(entry_));
  }

  [[noreturn]] void refuse(const std::string& why) const {
    throw DataError(file_ + ": tensor '" + shortened(name_) + "': " + why);
  }

  /// A value of the wrong kind for the place at which it stands.
  [[noreturn]] void refuse_value(const std::string& got) const {
    switch (in_) {
      case In::nothing:
        throw DataError(file_ + ": header: must be an object, got " + shortened(got));
      case In::header:
        refuse("must be an object, got " + shortened(got));
      case In::metadata:
        refuse("'" + shortened(key_) + "' must be a string, got " + shortened(got));
      default:
        break;
    }
    refuse(key_ +
           (key_ == "dtype" ? ": must be a string, got "
                            : ": must be a list of integers 0 ... 9223372036854775807, got ") +
           shortened(got));
  }

  const std::string& file_;
  SafetensorsHeader header_;
  In in_ = In::nothing;
  std::string name_;  // the tensor at hand, or __metadata__
  std::string key_;   // the member at hand of a tensor or of the metadata
  TensorEntry entry_;
  std::vector<std::int64_t> list_;
  Seen seen_;
  bool metadata_seen_ = false;
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& file) {
  // The parser takes NUL for the end of its input, and would not look at what follows.
  if (const std::size_t nul = json.find('\0'); nul != std::string_view::npos) {
    throw DataError(file + ": header, byte " + std::to_string(nul + kLengthBytes) +
                    ": broken JSON: a NUL");
  }
  HeaderReader reader(file);
  Json::sax_parse(json.begin(), json.end(), &reader);
  return reader.take();
}

}  // namespace seqfeat
