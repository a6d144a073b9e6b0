// SPDX-License-Identifier: Apache-2.0
#include "abi/record_stream.hpp"

#include <utility>

#include "seqfeat/modulo.hpp"

namespace seqfeat::abi {

bool RecordStream::read(Record& into) {
  const auto record = reader_.next();
  if (!record) return false;
  into.bytes.assign(*record);
  into.file = reader_.file();
  into.number = reader_.number();
  return true;
}

/// A number in [0, below), by the generator SplitMix64 (Steele, Lea and Flood, 2014).
std::uint64_t RecordStream::draw(std::uint64_t below) {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return multiply_high(z ^ (z >> 31), below);
}

const Record* RecordStream::next() {
  if (buffer_ == 0) return read(current_) ? &current_ : nullptr;
  while (!ended_ && waiting_.size() < buffer_) {
    Record record;
    if (read(record)) {
      waiting_.push_back(std::move(record));
    } else {
      ended_ = true;
    }
  }
  if (waiting_.empty()) return nullptr;
  const auto drawn = static_cast<std::size_t>(draw(waiting_.size()));
  std::swap(current_, waiting_[drawn]);
  std::swap(waiting_[drawn], waiting_.back());
  waiting_.pop_back();
  return &current_;
}

}  // namespace seqfeat::abi
