// SPDX-License-Identifier: Apache-2.0
// Batches of TFRecord files, read and parsed by a thread of its own.
#include <unistd.h>

#include <atomic>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "abi/guard.hpp"
#include "abi/record_stream.hpp"
#include "abi/rows.hpp"
#include "backend/try_thread.hpp"
#include "run/queue.hpp"

using seqfeat::abi::guarded;
using seqfeat::abi::require;

namespace seqfeat::abi {
namespace {

using detail::concat;

void check(const seqfeat_reader_options& options) {
  const auto at_least = [](std::string_view name, std::int64_t got, std::int64_t least) {
    if (got >= least) return;
    throw InvalidArgument(concat(name, ": got ", got, ", expected at least ", least));
  };
  at_least("batch_size", options.batch_size, 1);
  at_least("shuffle_buffer", options.shuffle_buffer, 0);
  at_least("skip_rows", options.skip_rows, 0);
}

run::Input input_of(const char* const* paths, std::int64_t count, RecordKind kind) {
  run::Input input;
  input.format = kind == RecordKind::example ? run::InputFormat::tfrecord_example
                                             : run::InputFormat::tfrecord_sequence_example;
  for (std::int64_t i = 0; i < count; ++i) {
    require(paths[i], "paths");
    input.files.push_back({paths[i], std::nullopt});
  }
  return input;
}

/// Makes batches, on the caller's thread or on one of its own.
class BatchStream {
 public:
  BatchStream(run::Input input, ParsePlan plan, const seqfeat_reader_options& options)
      : input_(std::move(input)),
        plan_(std::move(plan)),
        options_(options),
        records_(input_, options.shuffle_buffer, options.seed) {}

  /// The next batch; null at the end.
  std::unique_ptr<seqfeat_rows> next() {
    for (; skipped_ < options_.skip_rows; ++skipped_) {
      if (records_.next() == nullptr) return nullptr;
    }
    ExampleParser parser = plan_.make_parser();
    while (parser.rows() < options_.batch_size) {
      const Record* record = records_.next();
      if (record == nullptr) break;
      add(parser, *record);
    }
    if (parser.rows() == 0) return nullptr;
    if (options_.drop_last != 0 && parser.rows() < options_.batch_size) return nullptr;
    return std::make_unique<seqfeat_rows>(std::move(parser), plan_);
  }

 private:
  void add(ExampleParser& parser, const Record& record) const {
    try {
      parser.add(record.bytes, record.number);
    } catch (const DataError& error) {
      throw error.at(records_.place(record));
    }
  }

  const run::Input input_;
  const ParsePlan plan_;
  const seqfeat_reader_options options_;
  RecordStream records_;
  std::int64_t skipped_ = 0;
};

}  // namespace
}  // namespace seqfeat::abi

/// Without a thread, where the system refuses one, batches are made when they are asked for.
struct seqfeat_reader {
  seqfeat_reader(seqfeat::run::Input input, seqfeat::abi::ParsePlan plan,
                 const seqfeat_reader_options& options)
      : stream_(std::move(input), std::move(plan), options),
        thread_(seqfeat::detail::try_thread([this] { fill(); })) {}
  seqfeat_reader(const seqfeat_reader&) = delete;
  seqfeat_reader& operator=(const seqfeat_reader&) = delete;
  seqfeat_reader(seqfeat_reader&&) = delete;
  seqfeat_reader& operator=(seqfeat_reader&&) = delete;
  ~seqfeat_reader() {
    if (!thread_) return;
    batches_.close();
    thread_->join();
  }

  /// False in a forked child of the process that made it: the thread is the parent's.
  [[nodiscard]] bool is_of_this_process() const noexcept { return process_ == getpid(); }

  std::unique_ptr<seqfeat_rows> next() {
    if (!is_of_this_process()) {
      throw seqfeat::InvalidArgument(
          "reader: it was made before this process was forked; make it in the child");
    }
    if (ended_) return end();
    if (!thread_) fill_one();
    auto batch = thread_ ? batches_.pop() : std::exchange(made_, std::nullopt);
    if (batch && *batch != nullptr) return std::move(*batch);
    ended_ = true;
    return end();
  }

 private:
  std::unique_ptr<seqfeat_rows> end() {
    if (error_) std::rethrow_exception(error_);
    return nullptr;
  }

  /// Makes a batch, or notes why there is none.
  std::unique_ptr<seqfeat_rows> make() noexcept {
    try {
      return stream_.next();
    } catch (...) {
      error_ = std::current_exception();
      return nullptr;
    }
  }

  void fill_one() { made_ = make(); }

  void fill() {
    for (;;) {
      std::unique_ptr<seqfeat_rows> batch = make();
      const bool last = batch == nullptr;
      if (!batches_.push(std::move(batch)) || last) return;
    }
  }

  const pid_t process_ = getpid();
  seqfeat::abi::BatchStream stream_;
  seqfeat::run::Queue<std::unique_ptr<seqfeat_rows>> batches_{2};
  std::exception_ptr error_;  // set before the null batch that ends the queue
  std::optional<std::unique_ptr<seqfeat_rows>> made_;
  bool ended_ = false;
  std::optional<std::thread> thread_;  // last: it uses the others
};

seqfeat_status seqfeat_reader_new(const char* const* paths, int64_t path_count,
                                  const seqfeat_parse_spec* spec,
                                  const seqfeat_reader_options* options, seqfeat_reader** out) {
  return guarded([&] {
    if (path_count > 0) require(paths, "paths");
    require(options, "options");
    require(out, "out");
    seqfeat::abi::check(*options);
    seqfeat::abi::ParsePlan plan(spec);
    seqfeat::run::Input input = seqfeat::abi::input_of(paths, path_count, plan.kind);
    *out = new seqfeat_reader(std::move(input), std::move(plan), *options);
  });
}

seqfeat_status seqfeat_reader_next(seqfeat_reader* reader, seqfeat_rows** out) {
  return guarded([&] {
    require(reader, "reader");
    require(out, "out");
    *out = reader->next().release();
  });
}

void seqfeat_reader_free(seqfeat_reader* reader) {
  // A forked child keeps its copy for ever: the parent's thread may wait inside it, and to destroy
  // what a thread waits for is to wait for that thread, which the child does not have.
  if (reader == nullptr || !reader->is_of_this_process()) return;
  delete reader;
}
