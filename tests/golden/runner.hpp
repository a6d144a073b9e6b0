// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "seqfeat/backend.hpp"

namespace seqfeat::golden {

/// A backend and the name under which it is reported.
struct NamedBackend {
  std::string name;
  Backend backend;
};

/// Where cases are run.
struct Where {
  std::vector<NamedBackend> backends;
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
