# SPDX-License-Identifier: Apache-2.0
# The CPU's benchmark as a library and as the program that `seqfeat bench` becomes, for bench/ and the
# tests, whichever comes first. Without Google Benchmark there is none; a baseline whose library is
# missing is left out.
include(${CMAKE_CURRENT_LIST_DIR}/core.cmake)

if(SEQFEAT_BENCH AND benchmark_FOUND AND NOT TARGET seqfeat_cpu_bench)
  set(cpu_bench_sources
      baselines.cpp
      bench.cpp
      gzip_workloads.cpp
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
      timing.cpp
      train_workloads.cpp
      trust.cpp
      vocabulary_workloads.cpp
      weighted_workloads.cpp)
  list(TRANSFORM cpu_bench_sources PREPEND "${CMAKE_CURRENT_LIST_DIR}/cpu/")
  # Its baseline is compiled as the library's loops over rows are.
  set_source_files_properties("${CMAKE_CURRENT_LIST_DIR}/cpu/train_workloads.cpp"
                              PROPERTIES COMPILE_OPTIONS "-O3")
  add_library(seqfeat_cpu_bench STATIC ${cpu_bench_sources})
  target_link_libraries(seqfeat_cpu_bench PUBLIC seqfeat_bench_core seqfeat
                                          PRIVATE benchmark::benchmark ZLIB::ZLIB)
  foreach(baseline FARMHASH LIBDEFLATE ISAL)
    if(SEQFEAT_${baseline}_LIBRARY)
      target_link_libraries(seqfeat_cpu_bench PRIVATE ${SEQFEAT_${baseline}_LIBRARY})
      target_compile_definitions(seqfeat_cpu_bench PRIVATE SEQFEAT_BENCH_${baseline})
    endif()
  endforeach()
  if(simdjson_FOUND)
    target_sources(seqfeat_cpu_bench PRIVATE "${CMAKE_CURRENT_LIST_DIR}/cpu/simdjson_rows.cpp")
    target_link_libraries(seqfeat_cpu_bench PRIVATE simdjson::simdjson)
    target_compile_definitions(seqfeat_cpu_bench PRIVATE SEQFEAT_BENCH_SIMDJSON)
  endif()
  if(absl_FOUND)
    target_link_libraries(seqfeat_cpu_bench PRIVATE absl::flat_hash_map)
    target_compile_definitions(seqfeat_cpu_bench PRIVATE SEQFEAT_BENCH_ABSL)
  endif()
  if(TARGET seqfeat_commands)
    add_library(seqfeat_bench_command STATIC "${CMAKE_CURRENT_LIST_DIR}/cpu/command.cpp")
    target_link_libraries(seqfeat_bench_command PUBLIC seqfeat_cpu_bench seqfeat_commands)
    add_executable(seqfeat_bench_cpu "${CMAKE_CURRENT_LIST_DIR}/cpu/main.cpp")
    target_link_libraries(seqfeat_bench_cpu PRIVATE seqfeat_bench_command)
    set_target_properties(
      seqfeat_bench_cpu PROPERTIES OUTPUT_NAME seqfeat-bench-cpu RUNTIME_OUTPUT_DIRECTORY
                                                                 "${PROJECT_BINARY_DIR}/src/cli")
    add_dependencies(seqfeat_cli seqfeat_bench_cpu) # who builds the one has the other beside it
  endif()
endif()
