// SPDX-License-Identifier: Apache-2.0
#include "run/pipeline.hpp"

#include <algorithm>
#include <utility>

#include "backend/concat.hpp"
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
  reading.filled.close();
  reading.done = true;
}

/// What the layer says of a row of a batch, said of the row's place in the input.
std::string with_place(const BatchReader& reader, const ReadBatch& batch, const DataError& error) {
  if (error.row()) return detail::concat(reader.place(batch, *error.row()), ": ", error.reason());
  return detail::concat(reader.place(batch, 0), ": in the batch from here on: ", error.what());
}

}  // namespace

Pipeline::Pipeline(const RunOptions& options, const MadeFrom& made, const SequenceFeatures& layer,
                   std::shared_ptr<Reading> reading, std::stop_token stop, Progress& progress)
    : options_(options),
      made_(made),
      layer_(layer),
      reading_(std::move(reading)),
      stop_(std::move(stop)),
      progress_(progress) {}

void Pipeline::run(std::vector<PartInfo>& parts) {
  const std::stop_callback wake(stop_, [reading = reading_] {
    reading->free.close();
    reading->filled.close();
  });
  const auto first_index = static_cast<std::int64_t>(parts.size());
  reader_ = std::thread([reading = reading_, stop = stop_] { read_all(*reading, stop); });
  for (std::thread& writer : writers_) {
    writer = std::thread([this, &parts] { write(parts); });
  }
  compute(first_index);
  finish();
  if (write_error_) std::rethrow_exception(write_error_);
  if (reading_->done && reading_->error) std::rethrow_exception(reading_->error);
}

void Pipeline::compute(std::int64_t first_index) {
  for (std::int64_t index = first_index; !stop_.stop_requested(); ++index) {
    auto batch = reading_->filled.pop();
    if (!batch) return;
    Part part = make_part(*batch, index);
    reading_->free.push(std::move(*batch));
    if (!part.batch || !parts_.push(std::move(part))) return;
  }
}

Part Pipeline::make_part(const ReadBatch& batch, std::int64_t index) {
  const Features features = batch.rows->features();
  Part part{.index = index,
            .first_row = batch.first_row,
            .tokens = token_count(features),
            .input_crc32c = batch.input_crc32c};
  for (std::size_t k = 0; k < options_.keep.size(); ++k) part.kept.push_back(batch.rows->kept(k));
  try {
    const Plan plan = layer_.plan(layer_.measure(features), options_.emit.emit());
    part.bytes = plan.values * static_cast<std::int64_t>(sizeof(float));
    if (!budget_.take(part.bytes)) return part;
    part.batch = std::make_unique<Batch>(layer_(features, options_.emit.emit()));
  } catch (const DataError& error) {
    throw DataError(with_place(reading_->reader, batch, error));
  }
  if (options_.emit.values) unify_nans(*part.batch, layer_.options().padding_side);
  progress_.bytes = batch.input_bytes;
  return part;
}

void Pipeline::write(std::vector<PartInfo>& parts) noexcept {
  try {
    while (auto part = parts_.pop()) {
      PartInfo info = write_part(options_.output, *part, options_.emit, options_.keep, made_);
      part->batch.reset();
      budget_.give_back(part->bytes);
      progress_.rows += info.rows;
      progress_.tokens += info.tokens;
      const std::lock_guard lock(mutex_);
      const auto at = static_cast<std::size_t>(part->index);
      if (parts.size() <= at) parts.resize(at + 1);  // the one before it may not be finished yet
      parts[at] = std::move(info);
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!write_error_) write_error_ = std::current_exception();
    parts_.close();
    budget_.close();
    reading_->filled.close();  // the computing stage need not wait for more
  }
}

void Pipeline::finish() noexcept {
  parts_.close();
  for (std::thread& writer : writers_) {
    if (writer.joinable()) writer.join();
  }
  reading_->free.close();
  reading_->filled.close();
  if (!reader_.joinable()) return;
  const auto& files = options_.input.files;
  const bool waits =
      std::any_of(files.begin(), files.end(), [](const auto& f) { return !f.bytes; });
  if (waits && !reading_->done) {
    reader_.detach();
  } else {
    reader_.join();
  }
}

}  // namespace seqfeat::run
