// SPDX-License-Identifier: Apache-2.0
// Holds every backend against TensorFlow's answers: golden DIRECTORY.
#include <exception>
#include <iostream>

#include "tests/golden/runner.hpp"
#include "tests/support/backends.hpp"

int main(int argc, char** argv) {
  using namespace seqfeat::golden;
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " DIRECTORY\n";
    return 2;
  }
  try {
    // What touches no backend is the same everywhere: the binary that has the CPU counts it.
    const auto& backends = seqfeat::test::every_backend();
    const Counts counts =
        run_directory(argv[1], {backends, backends.front().name == "cpu"}, std::cout);
    std::cout << counts.passed << " passed, " << counts.failed << " failed\n";
    return counts.failed == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cout << "FAIL - " << argv[1] << " -: " << error.what() << "\n0 passed, 1 failed\n";
    return 1;
  }
}
