// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "backend/concat.hpp"
#include "backend/text.hpp"
#include "cli/app.hpp"
#include "seqfeat/error.hpp"

namespace seqfeat::cli {
namespace {

/// Becomes the program that measures, which stands beside this one and takes the same arguments:
/// its exit code and the signals it gets are then ours.
[[noreturn]] void become_bench(char** argv) {
  const std::filesystem::path program =
      std::filesystem::read_symlink("/proc/self/exe").replace_filename("seqfeat-bench-cpu");
  ::execv(program.c_str(), argv);
  throw IoError(detail::concat(
      "bench: cannot run ", program.string(), ": ", detail::system_reason(errno),
      "; `./dev bench` gets what it needs and builds it, as does -DSEQFEAT_BENCH=ON where Google "
      "Benchmark (libbenchmark-dev) is installed and, for baselines, libfarmhash-dev, "
      "libsimdjson-dev, libdeflate-dev and libisal-dev"));
}

}  // namespace

void add_bench(CLI::App& app, Globals& globals) {
  app.add_subcommand("bench", "Measures this machine's CPU beside memcpy and libfarmhash")
      ->preparse_callback([&globals](std::size_t /*left*/) { become_bench(globals.argv); });
}

}  // namespace seqfeat::cli
