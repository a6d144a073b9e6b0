// SPDX-License-Identifier: Apache-2.0
#include "run/verify.hpp"

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/app.hpp"
#include "cli/output.hpp"
#include "cli/progress_bar.hpp"
#include "run/text.hpp"

namespace seqfeat::cli {

void add_verify(CLI::App& app, Globals& globals) {
  auto directory = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("verify", "Checks every part of a run against its manifest");
  command->add_option("DIR", *directory, "What run wrote")->required();
  command->callback([directory, &globals] {
    const run::Verified verified = run::verify(*directory);
    if (globals.json) {
      const nlohmann::ordered_json about{{"schema_version", 1},
                                         {"status", "whole"},
                                         {"directory", run::utf8_or_escaped(*directory)},
                                         {"parts", verified.parts},
                                         {"rows", verified.rows},
                                         {"bytes", verified.bytes}};
      print(about.dump() + "\n");
    } else if (!globals.quiet) {
      std::fprintf(stderr, "seqfeat: %lld parts, %s rows, %sB: all whole; %s\n",
                   static_cast<long long>(verified.parts), short_count(verified.rows).c_str(),
                   short_count(verified.bytes).c_str(), directory->c_str());
    }
  });
}

}  // namespace seqfeat::cli
