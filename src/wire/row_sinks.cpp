// SPDX-License-Identifier: Apache-2.0
#include "wire/row_sinks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "backend/concat.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::wire {
namespace {

template <class... Parts>
[[nodiscard]] DataError complaint(std::int64_t record, const std::string& key,
                                  const Parts&... parts) {
  return {{.record = record, .column = key}, seqfeat::detail::concat(parts...)};
}

std::string_view to_string(Kind kind) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"no list", "a list of strings",
                                                   "a list of floats", "a list of int64"};
  return kNames.at(static_cast<std::size_t>(kind));
}

}  // namespace

BatchSink::BatchSink(std::string key, DType dtype)
    : key_(std::move(key)),
      batch_(dtype),
      expected_(is_integer(dtype) ? Kind::integers
                : is_float(dtype) ? Kind::floats
                                  : Kind::strings),
      low_(least_of(dtype)),
      high_(largest_of(dtype)) {}

void BatchSink::values(std::span<const std::int64_t> tokens) {
  const auto outside = std::find_if(tokens.begin(), tokens.end(), [this](std::int64_t token) {
    return token < low_ || token > high_;
  });
  // The row is refused at its end, so the values after this one do not matter.
  if (outside != tokens.end() && !outside_) outside_ = *outside;
  batch_.add_integers(tokens.first(static_cast<std::size_t>(outside - tokens.begin())));
  if (value_is_step_) batch_.end_steps();
}

void BatchSink::check(std::int64_t record) const {
  if (wrong_ != Kind::none) {
    throw complaint(record, key_, "got ", to_string(wrong_), ", expected ", to_string(expected_));
  }
  if (outside_) {
    throw complaint(record, key_, "got ", *outside_, ", expected ",
                    seqfeat::to_string(batch_.dtype()), ", that is ", low_, " to ", high_);
  }
}

void BatchSink::cut_back(std::int64_t rows) {
  batch_.cut_back(rows);
  outside_.reset();
  wrong_ = Kind::none;
  seen_ = false;
}

void BatchSink::restart() {
  batch_.cut_back(batch_.rows());
  outside_.reset();
}

void KeptSink::begin_entry() noexcept {
  restart();
  kind_ = Kind::none;
}

void KeptSink::check(std::int64_t record) const {
  constexpr std::string_view kExpected =
      ", expected exactly one int64, float or string, to be kept";
  if (kind_ == Kind::none) throw complaint(record, key_, "got ", to_string(kind_), kExpected);
  if (count_ != 1) throw complaint(record, key_, "got ", count_, " values", kExpected);
  if (type_ && *type_ != scalar_.index()) {
    throw complaint(record, key_, "got ", seqfeat::kind_of(scalar_),
                    ", expected the type of the records before, to be kept");
  }
}

void KeptSink::end_row() {
  if (!type_) {
    type_ = scalar_.index();
    teacher_ = scalars_.size();
  }
  scalars_.push_back(scalar_);
  begin_entry();
}

void KeptSink::cut_back(std::int64_t rows) {
  const auto kept = static_cast<std::size_t>(rows);
  if (teacher_ && *teacher_ >= kept) type_ = teacher_ = std::nullopt;
  scalars_.resize(kept);
  begin_entry();
}

void KeptSink::clear() {
  teacher_.reset();
  cut_back(0);
}

}  // namespace seqfeat::wire

namespace seqfeat {

std::string_view kind_of(const Scalar& scalar) noexcept {
  constexpr std::array<std::string_view, 3> kNames{"an int64", "a float", "a string"};
  return kNames.at(scalar.index());
}

}  // namespace seqfeat
