# SPDX-License-Identifier: Apache-2.0
# What the device's and the emulator's benchmark share: everything but what nvcc or the emulator
# compiles. bench/ and tests/bench include this, whichever comes first.
set(SEQFEAT_BENCH_CUDA_SOURCES
    ${CMAKE_CURRENT_LIST_DIR}/bandwidth.cu ${CMAKE_CURRENT_LIST_DIR}/byte_hash.cu
    ${CMAKE_CURRENT_LIST_DIR}/cuda_device.cu)

if(NOT TARGET seqfeat_bench_core)
  set(bench_core_sources
      clocks.cpp
      every_workload.cpp
      harness.cpp
      hash_workloads.cpp
      inputs.cpp
      layer_workloads.cpp
      lookup_workloads.cpp
      result.cpp
      workload.cpp)
  list(TRANSFORM bench_core_sources PREPEND "${CMAKE_CURRENT_LIST_DIR}/")
  add_library(seqfeat_bench_core STATIC ${bench_core_sources})
  target_link_libraries(seqfeat_bench_core PUBLIC seqfeat_interface)
  target_compile_definitions(
    seqfeat_bench_core
    INTERFACE SEQFEAT_BENCH_SAMPLE="${PROJECT_SOURCE_DIR}/data/set_mm_sample.tfrecord")
endif()
