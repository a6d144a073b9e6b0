// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/support/backends.hpp"

namespace seqfeat::golden {

/// Where cases are run.
struct Where {
  std::vector<test::NamedBackend> backends;
  /// Also run the cases that touch no backend, under the name of the first one.
  bool cases_without_backend = true;
};

/// How many (case, backend) pairs passed and failed.
struct Counts {
  long passed = 0;
  long failed = 0;
};

/// Runs every case of every .json file of `directory`; prints a line per failure to `out`:
/// `FAIL <backend> <file> <name>: <first difference>`. Whatever cannot be read is a failure.
Counts run_directory(const std::filesystem::path& directory, const Where& where, std::ostream& out);

}  // namespace seqfeat::golden
