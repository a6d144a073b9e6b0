// SPDX-License-Identifier: Apache-2.0
#include "run/pipeline.hpp"

#include <utility>

#include "backend/concat.hpp"
#include "backend/try_thread.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::run {
namespace {

void read_all(Reading& reading, const std::stop_token& stop) noexcept {
  try {
    while (auto batch = reading.free.pop()) {
      if (!reading.reader.fill(*batch, stop)) break;
      if (!reading.filled.push(std::move(*batch))) break;
    }
  } catch (...) {
    reading.error = std::current_exception();
  }
  reading.done = true;
  reading.filled.close();
}

/// The layer's error about a row of a batch, with the place of the row in the input.
DataError placed(const BatchReader& reader, const ReadBatch& batch, const DataError& error) {
  if (error.row()) return error.at(reader.place(batch, *error.row()));
  return {reader.place(batch, 0), detail::concat("in the batch from here on: ", error.what())};
}

}  // namespace

Pipeline::Pipeline(const RunPlan& plan, const SequenceFeatures& layer, OutputDirectory& directory,
                   std::shared_ptr<Reading> reading, std::stop_token stop, Progress& progress)
    : plan_(plan),
      layer_(layer),
      directory_(directory),
      reading_(std::move(reading)),
      stop_(std::move(stop)),
      progress_(progress) {}

std::vector<PartInfo> Pipeline::run() {
  const PartCounts found = directory_.counted();
  progress_.rows = found.rows;
  progress_.tokens = found.tokens;
  reader_ = detail::try_thread([reading = reading_, stop = stop_] { read_all(*reading, stop); });
  const auto wake = [reading = reading_] {
    reading->free.close();
    reading->filled.close();
  };
  std::optional<std::stop_callback<decltype(wake)>> waker;
  if (reader_) waker.emplace(stop_, wake);  // without a thread nothing waits for batches
  for (int i = 0; i < kWriters; ++i) {
    if (auto writer = detail::try_thread([this] { write_all(); })) {
      writers_.push_back(std::move(*writer));
    }
  }
  compute();
  finish();
  if (reading_->done || !reader_) {
    progress_.rejected = std::ssize(reading_->reader.rejected());
  }
  if (write_error_) std::rethrow_exception(write_error_);
  if (reading_->done && reading_->error) std::rethrow_exception(reading_->error);
  return std::move(infos_);
}

void Pipeline::compute() {
  for (std::int64_t index = 0; !stop_.stop_requested(); ++index) {
    auto batch = next_batch();
    if (!batch) return;
    PartSource source = source_of(*batch, index);
    progress_.bytes = batch->input_bytes;
    if (auto kept = directory_.kept(source)) {
      reading_->free.push(std::move(*batch));
      add(index, std::move(*kept));
      continue;
    }
    Part part = make_part(*batch, std::move(source));
    reading_->free.push(std::move(*batch));
    if (!part.batch || !hand_on(std::move(part))) return;
  }
}

std::optional<ReadBatch> Pipeline::next_batch() {
  if (reader_) return reading_->filled.pop();
  auto batch = reading_->free.pop();
  if (batch && !reading_->reader.fill(*batch, stop_)) batch.reset();
  return batch;
}

PartSource Pipeline::source_of(const ReadBatch& batch, std::int64_t index) const {
  PartSource source{.index = index,
                    .first_row = batch.first_row,
                    .rows = batch.rows->rows(),
                    .tokens = token_count(batch.rows->features()),
                    .input_crcs = batch.input_crcs};
  for (const auto& [file, first, records] : batch.consumed) {
    const std::string name = plan_.read.input.files[file].base_name();
    source.inputs.push_back(detail::concat(name, ":", first, ":", records));
  }
  return source;
}

Part Pipeline::make_part(const ReadBatch& batch, PartSource source) {
  Part part{.source = std::move(source)};
  for (std::size_t k = 0; k < plan_.read.keep.size(); ++k) {
    part.kept.push_back(batch.rows->kept(k));
  }
  const Features features = batch.rows->features();
  try {
    auto made = layer_(features, plan_.options.emit.emit(), [&](const Plan& sizes) {
      part.bytes = (sizes.values + sizes.ragged_values) * static_cast<std::int64_t>(sizeof(float)) +
                   sizes.mask;
      return budget_.take(part.bytes);
    });
    if (!made) return part;
    part.batch = std::make_unique<Batch>(std::move(*made));
  } catch (const DataError& error) {
    throw placed(reading_->reader, batch, error);
  }
  unify_nans(*part.batch, layer_.options().padding_side);
  return part;
}

/// False once a writer failed.
bool Pipeline::hand_on(Part part) {
  if (!writers_.empty()) return parts_.push(std::move(part));
  write(std::move(part));
  return true;
}

void Pipeline::write_all() noexcept {
  try {
    while (auto part = parts_.pop()) write(std::move(*part));
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!write_error_) write_error_ = std::current_exception();
    parts_.close();
    budget_.close();
    reading_->filled.close();  // the computing stage need not wait for more
  }
}

void Pipeline::write(Part part) {
  auto info = directory_.write(part);
  part.batch.reset();
  budget_.give_back(part.bytes);
  if (!info) return;
  progress_.new_rows += info->rows;
  add(part.source.index, std::move(*info));
}

void Pipeline::add(std::int64_t index, PartInfo info) {
  const PartCounts before = directory_.counted(index);
  progress_.rows += info.rows - before.rows;
  progress_.tokens += info.tokens - before.tokens;
  const std::lock_guard lock(mutex_);
  const auto at = static_cast<std::size_t>(index);
  if (infos_.size() <= at) infos_.resize(at + 1);  // the one before it may not be finished yet
  infos_[at] = std::move(info);
}

void Pipeline::finish() noexcept {
  parts_.close();
  for (std::thread& writer : writers_) {
    if (writer.joinable()) writer.join();
  }
  reading_->free.close();
  reading_->filled.close();
  if (!reader_ || !reader_->joinable()) return;
  if (plan_.read.input.has_pipe() && !reading_->done) {
    reader_->detach();
  } else {
    reader_->join();
  }
}

}  // namespace seqfeat::run
