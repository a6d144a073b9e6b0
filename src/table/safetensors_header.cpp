// SPDX-License-Identifier: Apache-2.0
#include "table/safetensors_header.hpp"

#include <limits>
#include <utility>

#include "seqfeat/error.hpp"
#include "spec/json_reader.hpp"
#include "table/safetensors_types.hpp"

namespace seqfeat {
namespace {

constexpr std::size_t kMaxRank = 64;

/// Takes the parser's events. The format has one shape only, so one word says where we are in it.
class HeaderReader final : public JsonReader {
 public:
  explicit HeaderReader(const std::string& file) : file_(file) {}

  SafetensorsHeader take() { return std::move(header_); }

 private:
  enum class In : std::uint8_t { nothing, header, metadata, tensor, list };

  bool null() override { refuse_value("null"); }
  bool boolean(bool value) override { refuse_value(value ? "true" : "false"); }
  bool number_float(double /*value*/, const std::string& text) override { refuse_value(text); }
  bool number_integer(std::int64_t value) override { refuse_value(std::to_string(value)); }

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

  void begin(bool object) override {
    if (object ? in_ != In::nothing && in_ != In::header : in_ != In::tensor || key_ == "dtype") {
      refuse_value(object ? "an object" : "an array");
    }
    if (!object) {
      in_ = In::list;
      list_.clear();
    } else if (in_ == In::nothing) {
      in_ = In::header;
    } else {
      in_ = name_ == kMetadataKey ? In::metadata : In::tensor;
      entry_ = {};
      members_ = 0;
    }
  }

  void end(bool object) override {
    if (in_ == In::tensor) finish_tensor();
    if (object) {
      in_ = In::header;
    } else {
      in_ = In::tensor;
      take_list();
    }
  }

  void take_list() {
    if (key_ == "shape") {
      entry_.shape = list_;
    } else if (list_.size() != 2 || list_[0] > list_[1]) {
      refuse("data_offsets: must be [begin, end] with begin <= end");
    } else {
      entry_.begin = list_[0];
      entry_.end = list_[1];
    }
  }

  void member(const std::string& name) override {
    (in_ == In::header ? name_ : key_) = name;
    if (in_ != In::tensor) return;
    if (name != "dtype" && name != "shape" && name != "data_offsets") {
      refuse("unknown key '" + shortened(name) + "', expected dtype, shape and data_offsets");
    }
    ++members_;
  }

  void finish_tensor() {
    if (members_ != 3) refuse("must have dtype, shape and data_offsets");
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

  [[noreturn]] void refuse_text(std::size_t byte, std::string_view why) const override {
    throw DataError(file_ + ": header, byte " + std::to_string(byte + kLengthBytes) +
                    ": broken JSON: " + std::string(why));
  }
  [[noreturn]] void refuse_depth() const override { refuse("nested too deep"); }
  [[noreturn]] void refuse_repeated(const std::string& name) const override {
    throw DataError(file_ + ": tensor '" + shortened(in_ == In::header ? name : name_) +
                    "': " + (in_ == In::header ? "" : "the key '" + shortened(name) + "' ") +
                    "appears twice");
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
  int members_ = 0;  // those of the tensor at hand that were read
};

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& file) {
  HeaderReader reader(file);
  reader.read(json);
  return reader.take();
}

}  // namespace seqfeat
