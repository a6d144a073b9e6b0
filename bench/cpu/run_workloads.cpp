// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "bench/cpu/inputs.hpp"
#include "run/run.hpp"
#include "seqfeat/error.hpp"

// run/…: files to files in memory, beside each of the three stages alone, of which the slowest is
// the limit.

namespace seqfeat::bench {
namespace {

namespace fs = std::filesystem;

/// A directory in memory where there is one, gone at the end.
class Directory {
 public:
  Directory() {
    const fs::path base = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : fs::temp_directory_path();
    std::string name = base / "seqfeat-bench-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw IoError("cannot make a directory in " + name);
    path_ = name;
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  Directory(Directory&&) = delete;
  Directory& operator=(Directory&&) = delete;
  ~Directory() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }

  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

void write_file(const fs::path& file, const char* data, std::size_t size) {
  std::FILE* out = std::fopen(file.c_str(), "wb");
  if (out == nullptr) throw IoError("cannot write " + file.string());
  std::setvbuf(out, nullptr, _IONBF, 0);
  const bool whole = std::fwrite(data, 1, size, out) == size;
  if (std::fclose(out) != 0 || !whole) throw IoError("cannot write " + file.string());
}

/// Everything that a run and its stages need.
struct RunState {
  Directory directory;
  Records records;
  std::vector<Features> batches;
  ExampleParser parser{kTokens, RecordKind::example};
  SequenceFeatures layer;
  run::RunOptions options;
  std::vector<std::size_t> parts;  ///< Bytes.
  std::string bytes;               ///< As many as the largest part has.

  RunState(const CpuContext& context, run::EmitSet emit)
      : records(set_mm(context)),
        batches(batches_of(records)),
        layer({tokens_column(10, 1000)}, context.backend, kCut) {
    const std::string input = directory.path() / "input.tfrecord";
    write_file(input, records.bytes.data(), records.bytes.size());
    options.spec = {{tokens_column(10, 1000)}, kCut};
    options.files = {input};
    options.output = directory.path() / "parts";
    options.batch_size = kBatchRows;
    options.emit = emit;
    options.existing = run::Existing::overwrite;
  }

  void look_at_parts() {
    for (const auto& file : fs::directory_iterator(options.output)) {
      if (file.path().extension() == ".safetensors") parts.push_back(file.file_size());
    }
    for (const std::size_t size : parts) bytes.resize(std::max(bytes.size(), size), 'x');
  }
  void read() { read_all(TfRecordReader(options.files.front()), parser); }
  void compute() const {
    for (const Features& batch : batches) {
      static_cast<void>(layer(batch, options.emit.emit()));
    }
  }
  void write() const {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      write_file(directory.path() / ("alone-" + std::to_string(i)), bytes.data(), parts[i]);
    }
  }
};

CpuJob run_job(const CpuContext& context, run::EmitSet emit) {
  auto state = std::make_shared<RunState>(context, emit);
  CpuJob job;
  job.ours = [state, backend = context.backend] {
    run::Progress progress;
    static_cast<void>(run::run(state->options, backend, std::stop_token(), progress));
  };
  job.ours();
  state->look_at_parts();
  job.bytes = std::ssize(state->records.bytes);
  for (const std::size_t size : state->parts) job.bytes += static_cast<std::int64_t>(size);
  job.tokens = tokens_in(state->batches);
  job.baselines = {{"reading alone", [state] { state->read(); }},
                   {"computing alone", [state] { state->compute(); }},
                   {"writing alone", [state] { state->write(); }}};
  job.slowest_first = true;
  return job;
}

}  // namespace

std::vector<CpuWorkload> cpu_run_workloads() {
  return {cpu_workload("run/setmm512/d10/values", run_job,
                       run::EmitSet{.values = true, .lengths = true, .mask = true}),
          cpu_workload("run/setmm512/d10/ids", run_job, run::EmitSet{.ids = true})};
}

}  // namespace seqfeat::bench
