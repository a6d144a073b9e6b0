// SPDX-License-Identifier: Apache-2.0
// `seqfeat run` for other languages: as a handle, and as the program with their reader of columns.
#include <algorithm>
#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/guard.hpp"
#include "cli/app.hpp"
#include "cli/run_arguments.hpp"
#include "io/byte_source.hpp"
#include "run/arrow_files.hpp"
#include "run/part.hpp"
#include "seqfeat/seqfeat.h"

using seqfeat::abi::guarded;
using seqfeat::abi::require;

namespace seqfeat::cli {
namespace {

std::string words(const seqfeat_error& error) {
  return error.message == nullptr ? "" : error.message;
}

[[noreturn]] void refuse(seqfeat_status status, const std::string& message) {
  if (status == SEQFEAT_INVALID_ARGUMENT) throw InvalidArgument(message);
  if (status == SEQFEAT_IO_ERROR) throw IoError(message);
  throw Error(message);
}

/// The caller's functions, which say why they failed in a struct of the interface.
class CallersFiles final : public run::ArrowFiles {
 public:
  explicit CallersFiles(const seqfeat_arrow_files& functions) : functions_(functions) {
    require(reinterpret_cast<const void*>(functions.size), "files: size");
    require(reinterpret_cast<const void*>(functions.open), "files: open");
    require(reinterpret_cast<const void*>(functions.last_error), "files: last_error");
  }

  [[nodiscard]] std::int64_t size(const std::string& name) override {
    std::int64_t bytes = 0;
    check(name, functions_.size(functions_.context, name.c_str(), &bytes));
    return bytes;
  }
  void open(const std::string& name, std::string_view format,
            const std::vector<std::string>& columns, ArrowArrayStream* out) override {
    std::vector<const char*> keys;
    keys.reserve(columns.size());
    for (const std::string& column : columns) keys.push_back(column.c_str());
    check(name, functions_.open(functions_.context, name.c_str(), std::string(format).c_str(),
                                keys.data(), static_cast<std::int64_t>(keys.size()), out));
  }
  [[nodiscard]] std::string filter() const override {
    return functions_.filter == nullptr ? "" : functions_.filter;
  }

 private:
  void check(const std::string& name, seqfeat_status status) const {
    if (status == SEQFEAT_OK) return;
    const seqfeat_error error = functions_.last_error(functions_.context);
    DataPlace place{.file = name};
    if (error.column != nullptr) place.column = error.column;
    if (status == SEQFEAT_DATA_ERROR) throw DataError(place, words(error));
    if (status == SEQFEAT_IO_ERROR) throw UnreadableFile(place, words(error));
    refuse(status, detail::concat(name, ": ", words(error)));
  }

  const seqfeat_arrow_files functions_;
};

class CallersForm final : public run::PartForm {
 public:
  explicit CallersForm(const seqfeat_part_form& functions) : functions_(functions) {
    require(functions.ending, "form: ending");
    require(reinterpret_cast<const void*>(functions.encode), "form: encode");
    require(reinterpret_cast<const void*>(functions.last_error), "form: last_error");
    const auto ours = run::kPartEndings.begin();
    if (std::find(ours + 1, run::kPartEndings.end(), ending()) == run::kPartEndings.end()) {
      throw InvalidArgument(
          detail::concat("form: ending: got '", ending(), "', expected .parquet, .arrow or .npz"));
    }
  }

  [[nodiscard]] std::string ending() const override { return functions_.ending; }

  void encode(std::span<const std::pair<std::string, TensorView>> tensors,
              const Write& write) override {
    std::vector<seqfeat_tensor> given;
    for (const auto& [name, tensor] : tensors) {
      given.push_back({name.c_str(), tensor.dtype.c_str(), tensor.shape.data(),
                       static_cast<std::int64_t>(tensor.shape.size()), tensor.data.data(),
                       static_cast<std::int64_t>(tensor.data.size())});
    }
    Sink sink{write, nullptr};
    const std::lock_guard lock(mutex_);
    const seqfeat_status status =
        functions_.encode(functions_.context, given.data(), static_cast<std::int64_t>(given.size()),
                          Sink::take, &sink);
    if (sink.failed) std::rethrow_exception(sink.failed);
    if (status != SEQFEAT_OK) refuse(status, words(functions_.last_error(functions_.context)));
  }

 private:
  /// What `write` throws must not pass the caller's functions.
  struct Sink {
    const Write& write;
    std::exception_ptr failed;

    static void take(void* sink, const void* bytes, std::int64_t size) {
      auto& self = *static_cast<Sink*>(sink);
      if (self.failed) return;
      try {
        self.write({static_cast<const std::byte*>(bytes), static_cast<std::size_t>(size)});
      } catch (...) {
        self.failed = std::current_exception();
      }
    }
  };

  const seqfeat_part_form functions_;
  std::mutex mutex_;
};

std::shared_ptr<run::ArrowFiles> files_of(const seqfeat_arrow_files* files) {
  if (files == nullptr) return nullptr;
  return std::make_shared<CallersFiles>(*files);
}

}  // namespace
}  // namespace seqfeat::cli

struct seqfeat_run {
  seqfeat::cli::RunArguments arguments;
  seqfeat::run::RunOptions options;
  seqfeat::run::Progress progress;
  std::stop_source stop;
  std::atomic<bool> begun = false;
  std::atomic<const char*> status = "running";
  std::string report;
};

seqfeat_status seqfeat_run_new(const char* spec, size_t size, int argc, const char* const* argv,
                               const seqfeat_arrow_files* files, const seqfeat_part_form* form,
                               seqfeat_run** out) {
  return guarded([&] {
    require(spec, "spec");
    require(argv, "argv");
    require(out, "out");
    auto run = std::make_unique<seqfeat_run>();
    CLI::App parser;
    add_run_arguments(parser, run->arguments);
    parser.add_option("--publish", run->arguments.run.publish)
        ->excludes(parser.get_option("--resume"));
    seqfeat::cli::take_one_value_each(parser);
    try {
      parser.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      throw seqfeat::InvalidArgument(error.what());
    }
    run->options = options_from(run->arguments);
    run->options.spec = seqfeat::parse_spec({spec, size});
    run->options.arrow_files = seqfeat::cli::files_of(files);
    if (form != nullptr) {
      run->options.form = std::make_shared<seqfeat::cli::CallersForm>(*form);
    }
    *out = run.release();
  });
}

seqfeat_status seqfeat_run_work(seqfeat_run* run) {
  return guarded([&] {
    require(run, "run");
    if (run->begun.exchange(true)) {
      throw seqfeat::InvalidArgument("run: it was begun already; make another one");
    }
    try {
      run->status = seqfeat::cli::status_of(
          seqfeat::run::run(run->options, seqfeat::cli::backend_from(run->arguments),
                            run->stop.get_token(), run->progress));
    } catch (...) {
      run->status = "failed";
      throw;
    }
  });
}

void seqfeat_run_stop(seqfeat_run* run) {
  run->stop.request_stop();
}

seqfeat_status seqfeat_run_report(seqfeat_run* run, const char** json) {
  return guarded([&] {
    require(run, "run");
    require(json, "json");
    const seqfeat::run::Progress& progress = run->progress;
    nlohmann::ordered_json about{{"schema_version", 1}, {"status", run->status.load()}};
    seqfeat::cli::add_counts(about, progress, run->arguments.run.output.string(),
                             progress.seconds());
    run->report = about.dump();
    *json = run->report.c_str();
  });
}

void seqfeat_run_free(seqfeat_run* run) {
  delete run;
}

int seqfeat_main_with(int argc, char** argv, const seqfeat_arrow_files* files) {
  return seqfeat::cli::run_program(argc, argv, seqfeat::cli::all_commands(),
                                   seqfeat::cli::files_of(files));
}
