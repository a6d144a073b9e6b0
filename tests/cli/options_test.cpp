// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "cli/app.hpp"
#ifdef SEQFEAT_CLI_BENCH
#include "bench/cpu/command.hpp"
#endif

namespace seqfeat::cli {
namespace {

using Words = std::vector<std::string>;

/// The commands; `bench` as its own program knows it.
std::vector<AddCommand> commands() {
  std::vector<AddCommand> all;
  for (const AddCommand add : all_commands()) {
    if (add != add_bench) all.push_back(add);
  }
#ifdef SEQFEAT_CLI_BENCH
  all.push_back(bench::add_bench);
#endif
  return all;
}

/// The program's options. Parsing ends before a command does anything.
class Program {
 public:
  Program() {
    add_commands(app, globals_, commands());
    app.parse_complete_callback([] { throw CLI::Success(); });
  }

  /// Parses as far as CLI11 goes: values may be refused, and files be too many for a command.
  void parse(Words words) {
    std::vector<const char*> arguments{"seqfeat"};
    for (const std::string& word : words) arguments.push_back(word.c_str());
    try {
      app.parse(static_cast<int>(arguments.size()), arguments.data());
    } catch (const CLI::ParseError&) {  // NOLINT(bugprone-empty-catch): not what is asked here
    }
  }

  /// What was taken for a file, or was left over as one too many.
  Words files() {
    Words files;
    for (CLI::App* command : app.get_subcommands({})) {
      for (const CLI::Option* option : command->get_options()) {
        if (!option->get_positional()) continue;
        files.insert(files.end(), option->results().begin(), option->results().end());
      }
    }
    for (const std::string& extra : app.remaining(true)) files.push_back(extra);
    return files;
  }

  CLI::App app;

 private:
  Globals globals_;
};

/// The options of a command, also those in groups.
std::vector<const CLI::Option*> options_of(const CLI::App& command) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* option : command.get_options()) {
    if (option->nonpositional() && option->get_single_name() != "help") options.push_back(option);
  }
  for (const CLI::App* group : command.get_subcommands({})) {
    for (const CLI::Option* option : options_of(*group)) options.push_back(option);
  }
  return options;
}

// Also the files' names are no help: they are those of commands.
const Words kFiles{"run", "hash"};

TEST(CliOptions, TakeOneValueAndLeaveTheFilesBehindThemAlone) {
  Program model;
  std::size_t seen = 0;
  for (const CLI::App* command : model.app.get_subcommands({})) {
    std::vector<const CLI::Option*> options = options_of(*command);
    for (const CLI::Option* global : model.app.get_options()) {
      const std::string& name = global->get_single_name();
      const bool own = command->get_option_no_throw("--" + name) != nullptr;
      if (name != "help" && !own) options.push_back(global);
    }
    for (const CLI::Option* option : options) {
      const std::string name = "--" + option->get_single_name();
      SCOPED_TRACE(command->get_name() + " " + name);
      const bool takes_value = option->get_items_expected_max() > 0;
      for (const int times : {1, 2}) {
        Words words{command->get_name()};
        for (int i = 0; i < times; ++i) {
          words.push_back(name);
          if (takes_value) words.push_back("1");
        }
        words.insert(words.end(), kFiles.begin(), kFiles.end());
        Program program;
        program.parse(words);
        EXPECT_EQ(program.files(), kFiles) << times << " times";
      }
      ++seen;
    }
  }
  EXPECT_GE(seen, 40U);  // as many as the program has without its benchmarks
}

TEST(CliOptions, MayBeRepeatedWhereTheyAreLists) {
  Program program;
  program.parse({"run", "--tables", "a", "--tables", "b", "c"});
  const CLI::App* run = program.app.get_subcommand("run");
  EXPECT_EQ(run->get_option("--tables")->results(), (Words{"a", "b"}));
  EXPECT_EQ(run->get_option("FILES")->results(), (Words{"c"}));
}

}  // namespace
}  // namespace seqfeat::cli
