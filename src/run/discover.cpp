// SPDX-License-Identifier: Apache-2.0
#include "run/discover.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "backend/concat.hpp"
#include "run/json_scan.hpp"
#include "run/row_reader.hpp"
#include "seqfeat/error.hpp"
#include "wire/entries.hpp"
#include "wire/feature.hpp"

namespace seqfeat::run {
namespace {

using detail::concat;
using EventKind = JsonEvent::Kind;

/// What is known about a key; `unknown` while only empty values were seen.
enum class Shape { unknown, strings, integers, numbers, scalar };

class Finder final : public JsonMembers {
 public:
  explicit Finder(const std::vector<std::string>& keys) : keys_(keys) {}

  [[nodiscard]] bool wanted(std::string_view key) const {
    return keys_.empty() || std::find(keys_.begin(), keys_.end(), key) != keys_.end();
  }
  void found(std::string_view key, Shape shape) {
    Shape& known = shapes_.try_emplace(std::string(key), Shape::unknown).first->second;
    if (shape == Shape::unknown || known == shape) return;
    const auto is_number = [](Shape s) { return s == Shape::integers || s == Shape::numbers; };
    if (is_number(shape) && is_number(known)) {
      known = Shape::numbers;
      return;
    }
    if (known != Shape::unknown) {
      throw DataError({.column = std::string(key)},
                      "got another kind of value than in the rows before, expected one kind a key; "
                      "name the keys to take");
    }
    known = shape;
  }

  bool member(std::string_view key) override {
    key_ = key;
    return wanted(key);
  }
  void event(const JsonEvent& event) override {
    const bool number = event.kind == EventKind::signed_integer ||
                        event.kind == EventKind::unsigned_integer || event.kind == EventKind::real;
    if (event.kind == EventKind::list) found(key_, Shape::unknown);
    if (event.kind == EventKind::list || event.kind == EventKind::null) {
      nested_ = nested_ || event.level > 0;
    } else if (event.kind == EventKind::string) {
      found(key_, event.level == 0 ? Shape::scalar : Shape::strings);
    } else if (number) {
      const bool real = event.kind == EventKind::real;
      found(key_, event.level == 0 ? Shape::scalar : real ? Shape::numbers : Shape::integers);
    }
  }

  [[nodiscard]] Discovered result(bool nested) const {
    Discovered result;
    result.nested = nested || nested_;
    for (const auto& [key, shape] : shapes_) {
      if (shape == Shape::scalar) {
        result.keep.push_back(key);
      } else {
        result.spec[key] = shape == Shape::integers  ? DType::int64
                           : shape == Shape::numbers ? DType::float32
                                                     : DType::string;
      }
    }
    for (const std::string& key : keys_) {
      if (!shapes_.contains(key)) {
        throw InvalidArgument(
            concat("--key ", key, ": got no such key, expected one of the input's"));
      }
    }
    return result;
  }

 private:
  const std::vector<std::string>& keys_;
  std::map<std::string, Shape> shapes_;
  std::string key_;
  bool nested_ = false;
};

/// Notes the keys and kinds in a record's map of features (or of feature lists).
void look_at_record(std::string_view record, InputFormat format, Finder& finder) {
  const bool lists = format == InputFormat::tfrecord_sequence_example;
  wire::for_each_entry(record, lists ? wire::kFeatureLists : wire::kFeatures,
                       [&](std::string_view key, std::string_view entry) {
                         if (!finder.wanted(key)) return;
                         wire::Kind kind = wire::Kind::none;
                         wire::Discard nothing;
                         const auto feature = [&](std::string_view part) {
                           const wire::Kind read = wire::read_feature(part, kind, nothing);
                           if (read != wire::Kind::none) kind = read;
                         };
                         wire::for_each_part(entry, [&](std::string_view part) {
                           if (lists) {
                             wire::for_each(part, 1, feature);
                           } else {
                             feature(part);
                           }
                         });
                         if (kind == wire::Kind::floats) return;  // no tokens
                         finder.found(key, kind == wire::Kind::strings    ? Shape::strings
                                           : kind == wire::Kind::integers ? Shape::integers
                                                                          : Shape::unknown);
                       });
}

}  // namespace

Discovered discover(const Input& input, const std::vector<std::string>& keys) {
  constexpr std::int64_t kRecords = 1000;
  if (input.format == InputFormat::text) {
    if (keys.size() > 1) throw InvalidArgument("--key: got several for text, expected one");
    return {.spec = {{keys.empty() ? "tokens" : keys.front(), DType::string}}, .keep = {}};
  }
  Finder finder(keys);
  RowReader reader(input);
  const bool records = holds_records(input.format);
  for (std::int64_t row = 0; !records || row < kRecords; ++row) {
    const auto bytes = reader.next();
    if (!bytes) break;
    const auto place = [&] { return reader.place(reader.file(), reader.number()); };
    try {
      if (records) {
        look_at_record(*bytes, input.format, finder);
      } else {
        scan_json_object(*bytes, finder);
      }
    } catch (const DataError& error) {
      throw error.at(place());
    } catch (const wire::Malformed& error) {
      throw DataError(place(), concat("got a record that is not ", to_string(input.format), ": ",
                                      error.reason));
    }
  }
  return finder.result(input.format == InputFormat::tfrecord_sequence_example);
}

}  // namespace seqfeat::run
