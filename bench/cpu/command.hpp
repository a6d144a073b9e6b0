// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/app.hpp"

namespace seqfeat::bench {

/// The command `bench`, of which `seqfeat` knows nothing but the name.
void add_bench(CLI::App& app, cli::Globals& globals);

}  // namespace seqfeat::bench
