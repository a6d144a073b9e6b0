// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <memory>

#include "run/input.hpp"

namespace seqfeat::run {

/// Copies standard input to a temporary file without a name, so that it can be read twice.
class Spool {
 public:
  /// Replaces every "-" of `input` by such a file, which lives as long as the spool.
  ///
  /// Throws   IoError with the system's reason.
  void take(Input& input);

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace seqfeat::run
