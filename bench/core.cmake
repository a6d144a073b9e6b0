# SPDX-License-Identifier: Apache-2.0
# What the device's and the emulator's benchmark share: everything but what nvcc or the emulator
# compiles. bench/ and tests/bench include this, whichever comes first.
set(SEQFEAT_BENCH_CUDA_SOURCES bandwidth.cu cuda_device.cu hash_kernels.cu padding.cu
                               random_floats.cu)
list(TRANSFORM SEQFEAT_BENCH_CUDA_SOURCES PREPEND "${CMAKE_CURRENT_LIST_DIR}/")

# The command line around them, for who has CLI11.
set(SEQFEAT_BENCH_PROGRAM ${CMAKE_CURRENT_LIST_DIR}/program.cpp)

if(NOT TARGET seqfeat_bench_core)
  set(bench_core_sources
      column_workloads.cpp
      copy_workloads.cpp
      device_layer.cpp
      every_workload.cpp
      harness.cpp
      hash_job.cpp
      hash_workloads.cpp
      inputs.cpp
      layer_input.cpp
      lookup_job.cpp
      lookup_shapes.cpp
      lookup_workloads.cpp
      padding_workloads.cpp
      result.cpp
      road_stages.cpp
      road_workloads.cpp
      skew_workloads.cpp
      train_workloads.cpp
      variants.cpp
      workload.cpp)
  list(TRANSFORM bench_core_sources PREPEND "${CMAKE_CURRENT_LIST_DIR}/")
  add_library(seqfeat_bench_core STATIC ${bench_core_sources})
  target_link_libraries(seqfeat_bench_core PUBLIC seqfeat_interface)
  target_compile_definitions(
    seqfeat_bench_core
    INTERFACE SEQFEAT_BENCH_SAMPLE="${CMAKE_CURRENT_LIST_DIR}/../data/set_mm_sample.tfrecord")
endif()
