// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "seqfeat/example.hpp"
#include "seqfeat/ragged.hpp"
#include "wire/feature.hpp"
#include "wire/token_run.hpp"

// The sinks of the values of the row that is being read. Faults are noted and thrown at the row's
// end, because a later entry of the same key may replace the values.

namespace seqfeat::wire {

/// A feature of the spec: its batch with the open row.
class BatchSink {
 public:
  BatchSink(std::string key, DType dtype);

  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] Ragged& batch() noexcept { return batch_; }
  [[nodiscard]] const Ragged& batch() const noexcept { return batch_; }

  /// Begins an entry of the row. Drops the values of an earlier entry.
  void begin_entry();
  /// Reads a part of an entry's Feature: every value is a step.
  void read_steps(std::string_view feature);
  /// Reads the Feature of one step of a FeatureList.
  void read_step(std::string_view feature);

  /// Throws   DataError naming `record`, the key and what is wrong with the row.
  void check(std::int64_t record) const;
  void end_row();
  /// Keeps the first `rows` rows. Drops the rest and the open row.
  void cut_back(std::int64_t rows);
  /// Whether a row that ended had an entry of this key.
  [[nodiscard]] bool has_seen() const noexcept { return seen_ever_; }

  // For read_feature.
  void value(std::string_view token) {
    batch_.add_value(token);
    if (value_is_step_) batch_.end_step();
  }
  void values(std::span<const std::int64_t> tokens);
  [[nodiscard]] const char* usual_strings(std::string_view list);
  void value(float number) {
    batch_.add_number(double{number});
    if (value_is_step_) batch_.end_step();
  }
  [[nodiscard]] bool wants(Kind kind) const noexcept { return kind == expected_; }
  void restart();

 private:
  static constexpr std::size_t kAtOnce = 4096;  // bytes of a list for which room is made

  std::string key_;
  Ragged batch_;
  Kind expected_;
  std::int64_t low_;  // the range of an integer type
  std::int64_t high_;

  bool seen_ = false;           // the open row has an entry of this key
  bool seen_ever_ = false;      // so had one before
  bool value_is_step_ = false;  // otherwise `read_step` ends the steps
  Kind kind_ = Kind::none;      // of the entry so far
  Kind wrong_ = Kind::none;     // of a step that is not of the expected kind
  std::optional<std::int64_t> outside_;
};

inline void BatchSink::begin_entry() {
  if (seen_) restart();
  seen_ = true;
  kind_ = Kind::none;
  wrong_ = Kind::none;
}

inline const char* BatchSink::usual_strings(std::string_view list) {
  while (!list.empty()) {
    const std::string_view part = list.substr(0, kAtOnce);
    const Ragged::StringRoom room =
        batch_.string_room(most_tokens(part.size()), most_bytes(part.size()));
    const TokenRun run = copy_run(part, room);
    if (run.count == 0) break;
    batch_.add_written(run.count, run.bytes);
    list.remove_prefix(static_cast<std::size_t>(run.end - list.data()));
  }
  if (value_is_step_) batch_.end_steps();
  return list.data();
}

inline void BatchSink::read_steps(std::string_view feature) {
  value_is_step_ = true;
  kind_ = read_feature(feature, kind_, *this);
  wrong_ = kind_ == expected_ ? Kind::none : kind_;
}

inline void BatchSink::read_step(std::string_view feature) {
  value_is_step_ = false;
  const Kind kind = read_feature(feature, Kind::none, *this);
  if (kind != Kind::none && kind != expected_) wrong_ = kind;
  batch_.end_step();
}

inline void BatchSink::end_row() {
  batch_.end_row();
  seen_ever_ = seen_ever_ || seen_;
  seen_ = false;
}

/// One kept feature.
class KeptSink {
 public:
  explicit KeptSink(std::string key) : key_(std::move(key)) {}

  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  [[nodiscard]] const std::vector<Scalar>& scalars() const noexcept { return scalars_; }

  void begin_entry() noexcept;
  void read_part(std::string_view feature) { kind_ = read_feature(feature, kind_, *this); }

  void check(std::int64_t record) const;
  void end_row();
  /// Keeps the first `rows` rows. Forgets the type if a later row has set it.
  void cut_back(std::int64_t rows);
  /// Forgets the rows, but not their type.
  void clear();

  // For read_feature.
  void value(std::string_view text) {
    if (count_++ == 0) scalar_.emplace<std::string>(text);
  }
  void value(float real) { take(real); }
  void values(std::span<const std::int64_t> integers) {
    for (const std::int64_t integer : integers) take(integer);
  }
  [[nodiscard]] static const char* usual_strings(std::string_view list) noexcept {
    return list.data();
  }
  [[nodiscard]] static bool wants(Kind) noexcept { return true; }
  void restart() noexcept { count_ = 0; }

 private:
  template <class Number>
  void take(Number number) {
    if (count_++ == 0) scalar_ = number;
  }

  std::string key_;
  std::vector<Scalar> scalars_;
  std::optional<std::size_t> type_;     // the alternative of all scalars so far
  std::optional<std::size_t> teacher_;  // the row that set the type, if it is still there
  Kind kind_ = Kind::none;
  std::int64_t count_ = 0;
  Scalar scalar_;
};

}  // namespace seqfeat::wire
