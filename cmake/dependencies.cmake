# SPDX-License-Identifier: Apache-2.0
# Everything comes from the system; ./dev installs the Debian packages named here.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED) # zlib1g-dev
find_package(nlohmann_json 3.11 REQUIRED) # nlohmann-json3-dev
if(SEQFEAT_CLI OR SEQFEAT_BENCH)
  find_package(CLI11 2.1 REQUIRED) # libcli11-dev
endif()
if(SEQFEAT_TESTS)
  find_package(GTest 1.12 REQUIRED) # libgtest-dev
endif()
if(SEQFEAT_TESTS OR SEQFEAT_BENCH)
  find_library(SEQFEAT_FARMHASH_LIBRARY farmhash) # libfarmhash-dev: an oracle and a baseline
endif()
if(SEQFEAT_BENCH)
  # Baselines, each left out where it is missing.
  find_package(simdjson QUIET) # libsimdjson-dev
  find_package(absl QUIET) # libabsl-dev
  find_library(SEQFEAT_LIBDEFLATE_LIBRARY deflate) # libdeflate-dev
  find_library(SEQFEAT_ISAL_LIBRARY isal) # libisal-dev
  find_package(benchmark QUIET) # libbenchmark-dev: the CPU's benchmark; the device's needs none
  if(NOT benchmark_FOUND)
    message(STATUS "Google Benchmark is missing: `seqfeat bench` will not be there")
  endif()
endif()
