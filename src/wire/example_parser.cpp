// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"
#include "seqfeat/example.hpp"
#include "spec/utf8.hpp"
#include "wire/entries.hpp"
#include "wire/row_sinks.hpp"

// Example { Features features = 1; }, SequenceExample { Features context = 1; FeatureLists lists =
// 2; }. Features and FeatureLists are maps; a FeatureList is `repeated Feature feature = 1`.

namespace seqfeat {
namespace {

using wire::BatchSink;
using wire::KeptSink;

using wire::check_feature;
using wire::kFeatureLists;
using wire::kFeatures;
constexpr std::size_t kLongestNamedKey =
    64;  // a hostile key may be longer than a message should be

}  // namespace

struct ExampleParser::Impl {
  RecordKind kind;
  std::vector<BatchSink> batches;  // by key
  std::vector<KeptSink> kept;
  std::int64_t rows = 0;
  std::string_view key;   // of the entry being read
  std::size_t guess = 0;  // of `find`

  /// Tries the guess first: records often have the same order of keys, often that of the batches.
  [[nodiscard]] auto find(std::string_view wanted) {
    auto found = batches.begin() + static_cast<std::ptrdiff_t>(guess);
    if (found == batches.end() || found->key() != wanted) {
      found = std::lower_bound(
          batches.begin(), batches.end(), wanted,
          [](const BatchSink& batch, std::string_view other) { return batch.key() < other; });
      if (found == batches.end() || found->key() != wanted) return batches.end();
    }
    guess = static_cast<std::size_t>(found - batches.begin()) + 1;
    if (guess == batches.size()) guess = 0;
    return found;
  }

  /// Reads an entry of a map<string, Feature>, into a batch if it is one of an Example.
  void read_feature_entry(std::string_view entry) {
    const auto batch = kind == RecordKind::example ? find(key) : batches.end();
    bool used = false;
    if (batch != batches.end()) {
      batch->begin_entry();
      wire::for_each_part(entry, [&](std::string_view part) { batch->read_steps(part); });
      used = true;
    }
    for (KeptSink& sink : kept) {
      if (sink.key() != key) continue;
      sink.begin_entry();
      wire::for_each_part(entry, [&](std::string_view part) { sink.read_part(part); });
      used = true;
    }
    if (!used) check_form(entry);
  }

  /// Reads an entry of a map<string, FeatureList>.
  void read_list_entry(std::string_view entry) {
    const auto batch = find(key);
    if (batch != batches.end()) batch->begin_entry();
    wire::for_each_part(entry, [&](std::string_view part) {
      wire::for_each(part, 1, [&](std::string_view feature) {
        if (batch != batches.end()) {
          batch->read_step(feature);
        } else {
          check_feature(feature);
        }
      });
    });
  }

  /// Features that are not in the spec must be well-formed too.
  static void check_form(std::string_view entry) { wire::for_each_part(entry, check_feature); }

  /// Inlined into one function: a call for every level of a record costs more than the reading.
  [[gnu::flatten]] void read(std::string_view serialized) {
    wire::for_each_entry(serialized, kFeatures, [&](std::string_view name, std::string_view entry) {
      key = name;
      read_feature_entry(entry);
      key = {};
    });
    if (kind == RecordKind::example) return;
    wire::for_each_entry(serialized, kFeatureLists,
                         [&](std::string_view name, std::string_view entry) {
                           key = name;
                           read_list_entry(entry);
                           key = {};
                         });
  }

  void add(std::string_view serialized, std::int64_t record) {
    key = {};
    read(serialized);
    for (const BatchSink& batch : batches) batch.check(record);
    for (const KeptSink& sink : kept) sink.check(record);
    for (BatchSink& batch : batches) batch.end_row();
    for (KeptSink& sink : kept) sink.end_row();
    ++rows;
  }

  void cut_back(std::int64_t to) {
    for (BatchSink& batch : batches) batch.cut_back(to);
    for (KeptSink& sink : kept) sink.cut_back(to);
    rows = to;
  }

  /// The error of a malformed `record`. Names the feature if its key is known and printable.
  [[nodiscard]] DataError malformed(std::int64_t record, std::string_view reason) const {
    const std::string_view shown = key.substr(0, utf8_prefix(key.substr(0, kLongestNamedKey)));
    DataPlace place{.record = record};
    if (!shown.empty()) place.column = std::string(shown);
    return {std::move(place), detail::concat("malformed: ", reason)};
  }

  [[nodiscard]] Features release() {
    Features features;
    for (BatchSink& sink : batches) features.set(sink.key(), std::move(sink.batch()));
    return features;
  }
};

ExampleParser::ExampleParser(const ParseSpec& spec, RecordKind kind, std::vector<std::string> keep)
    : impl_(new Impl{.kind = kind, .batches = {}, .kept = {}, .rows = 0, .key = {}, .guess = 0}) {
  for (const auto& [key, dtype] : spec) impl_->batches.emplace_back(key, dtype);
  for (std::string& key : keep) impl_->kept.emplace_back(std::move(key));
}

ExampleParser::ExampleParser(ExampleParser&&) noexcept = default;
ExampleParser& ExampleParser::operator=(ExampleParser&&) noexcept = default;
ExampleParser::~ExampleParser() = default;

void ExampleParser::add(std::string_view serialized, std::int64_t record) {
  const std::int64_t rows = impl_->rows;
  try {
    impl_->add(serialized, record);
  } catch (const wire::Malformed& malformed) {
    impl_->cut_back(rows);
    throw impl_->malformed(record, malformed.reason);
  } catch (...) {
    impl_->cut_back(rows);
    throw;
  }
}

std::int64_t ExampleParser::rows() const noexcept {
  return impl_->rows;
}

const Ragged& ExampleParser::feature(std::string_view key) const {
  const auto found = impl_->find(key);
  if (found == impl_->batches.end()) {
    throw InvalidArgument(detail::concat("key: got '", key, "', which is not in the parse spec"));
  }
  return found->batch();
}

const std::vector<Scalar>& ExampleParser::kept(std::size_t k) const {
  return impl_->kept.at(k).scalars();
}

bool ExampleParser::has_seen(std::string_view key) const {
  const auto found = impl_->find(key);
  return found != impl_->batches.end() && found->has_seen();
}

Features ExampleParser::features() const {
  Features features;
  for (const BatchSink& sink : impl_->batches) features.set(sink.key(), sink.batch().view());
  return features;
}

void ExampleParser::cut_back(std::int64_t rows) noexcept {
  impl_->cut_back(rows);
}

void ExampleParser::clear() noexcept {
  for (KeptSink& sink : impl_->kept) sink.clear();
  impl_->cut_back(0);
}

Features parse_example(std::span<const std::string> serialized, const ParseSpec& spec) {
  ExampleParser parser(spec, RecordKind::example);
  for (const std::string& row : serialized) parser.add(row, parser.rows());
  return parser.impl_->release();
}

Features parse_sequence_example(std::span<const std::string> serialized, const ParseSpec& spec) {
  ExampleParser parser(spec, RecordKind::sequence_example);
  for (const std::string& row : serialized) parser.add(row, parser.rows());
  return parser.impl_->release();
}

}  // namespace seqfeat
