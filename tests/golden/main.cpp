// SPDX-License-Identifier: Apache-2.0
// Holds every backend against TensorFlow's answers: golden DIRECTORY.
#include <exception>
#include <iostream>

#include "tests/golden/backends.hpp"

int main(int argc, char** argv) {
  using namespace seqfeat::golden;
  if (argc != 2) {
    std::cerr << "usage: " << argv[0] << " DIRECTORY\n";
    return 2;
  }
  try {
    const Counts counts = run_directory(argv[1], every_backend(), std::cout);
    std::cout << counts.passed << " passed, " << counts.failed << " failed\n";
    return counts.failed == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::cout << "FAIL - " << argv[1] << " -: " << error.what() << "\n0 passed, 1 failed\n";
    return 1;
  }
}
