// SPDX-License-Identifier: Apache-2.0
#include "run/recognise.hpp"

#include "io/byte_source.hpp"
#include "run/json_scan.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/tfrecord.hpp"
#include "wire/entries.hpp"
#include "wire/feature.hpp"

namespace seqfeat::run {
namespace {

using wire::check_feature;
using wire::kFeatureLists;
using wire::kFeatures;

/// Whether `record` has the map in `field`. Checks its values: features, or lists of features.
bool has_map(std::string_view record, std::uint32_t field) {
  bool found = false;
  wire::for_each(record, field, [&](std::string_view) { found = true; });
  wire::for_each_entry(record, field, [&](std::string_view, std::string_view entry) {
    wire::for_each_part(entry, [&](std::string_view part) {
      if (field == kFeatures) {
        check_feature(part);
      } else {
        wire::for_each(part, 1, check_feature);
      }
    });
  });
  return found;
}

std::optional<RecordKind> kind_in_file(const std::string& name) {
  constexpr int kMostRecords = 1000;  // empty or malformed ones before the first that tells
  try {
    TfRecordReader reader(name);
    for (int i = 0; i < kMostRecords; ++i) {
      const auto record = reader.next();
      if (!record) break;
      if (const auto kind = kind_of_record(*record)) return kind;
    }
  } catch (const UnreadableFile&) {
    throw;
  } catch (const DataError&) {  // the run will report the broken file
  }
  return std::nullopt;
}

class KeyCollector final : public JsonMembers {
 public:
  bool member(std::string_view key) override {
    keys.emplace_back(key);
    return false;
  }
  void event(const JsonEvent&) override {}

  std::vector<std::string> keys;
};

}  // namespace

std::optional<RecordKind> kind_of_record(std::string_view record) noexcept {
  try {
    const bool features = has_map(record, kFeatures);
    if (has_map(record, kFeatureLists)) return RecordKind::sequence_example;
    if (features) return RecordKind::example;
  } catch (const wire::Malformed&) {
  }
  return std::nullopt;
}

RecordKind recognise(const std::vector<InputFile>& files) {
  for (const InputFile& file : files) {
    if (!file.bytes) return RecordKind::example;
    if (const auto kind = kind_in_file(file.name)) return *kind;
  }
  return RecordKind::example;
}

std::vector<std::string> keys_of(std::string_view row, InputFormat format) {
  if (format == InputFormat::text || holds_columns(format)) return {};
  try {
    if (holds_records(format)) {
      std::vector<std::string> keys;
      const bool lists = format == InputFormat::tfrecord_sequence_example;
      wire::for_each_entry(row, lists ? kFeatureLists : kFeatures,
                           [&](std::string_view key, std::string_view) { keys.emplace_back(key); });
      return keys;
    }
    KeyCollector collector;
    scan_json_object(row, collector);
    return collector.keys;
  } catch (const wire::Malformed&) {
    return {};
  } catch (const DataError&) {
    return {};
  }
}

}  // namespace seqfeat::run
