# SPDX-License-Identifier: Apache-2.0
# The CPU's benchmark as a library, for the program and the tests, whichever comes first. Without
# Google Benchmark there is none; without libfarmhash its baseline is left out.
include(${CMAKE_CURRENT_LIST_DIR}/core.cmake)

if(SEQFEAT_BENCH AND benchmark_FOUND AND NOT TARGET seqfeat_cpu_bench)
  set(cpu_bench_sources
      baselines.cpp
      bench.cpp
      fit.cpp
      hash_workloads.cpp
      inputs.cpp
      jsonl_workloads.cpp
      layer_workloads.cpp
      pack_workloads.cpp
      parse_workloads.cpp
      plain_layer.cpp
      run_workloads.cpp
      scaling.cpp
      table.cpp
      timing.cpp)
  list(TRANSFORM cpu_bench_sources PREPEND "${CMAKE_CURRENT_LIST_DIR}/cpu/")
  add_library(seqfeat_cpu_bench STATIC ${cpu_bench_sources})
  target_link_libraries(seqfeat_cpu_bench PUBLIC seqfeat_bench_core seqfeat
                                          PRIVATE benchmark::benchmark)
  if(SEQFEAT_FARMHASH_LIBRARY)
    target_link_libraries(seqfeat_cpu_bench PRIVATE ${SEQFEAT_FARMHASH_LIBRARY})
    target_compile_definitions(seqfeat_cpu_bench PRIVATE SEQFEAT_BENCH_FARMHASH)
  endif()
endif()
