# SPDX-License-Identifier: Apache-2.0
# Decides whether the CUDA backend is built (SEQFEAT_WITH_CUDA) and teaches CMake about nvcc.

set(SEQFEAT_WITH_CUDA OFF)
if(SEQFEAT_CUDA STREQUAL "OFF")
  return()
endif()

set(CMAKE_CUDA_ARCHITECTURES ${SEQFEAT_CUDA_ARCHITECTURES})
set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
if(SEQFEAT_CUDA STREQUAL "AUTO")
  include(CheckLanguage)
  check_language(CUDA)
  if(NOT CMAKE_CUDA_COMPILER)
    message(STATUS "seqfeat: no CUDA compiler found, building without the CUDA backend")
    return()
  endif()
endif()
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
set(SEQFEAT_WITH_CUDA ON)
set(SEQFEAT_CUDART CUDA::cudart_static)
set(SEQFEAT_CUDART_DIR "${CUDAToolkit_LIBRARY_DIR}") # a hint for the installed package

if(SEQFEAT_PTX)
  # The stand-in for the runtime reads the PTX that nvcc puts into each object.
  set(SEQFEAT_CUDART seqfeat_ptx_runtime)
  set(CMAKE_CUDA_RUNTIME_LIBRARY None)
  add_compile_options("$<$<COMPILE_LANGUAGE:CUDA>:--no-compress>")
  # And it knows none of the functions and instructions that CUB takes.
  add_compile_definitions("$<$<COMPILE_LANGUAGE:CUDA>:SEQFEAT_PLAIN_SORT>")
endif()

# CMake before 3.25.2 does not know that nvcc speaks C++20.
if(CMAKE_VERSION VERSION_LESS 3.25.2)
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION "-std=c++20")
  list(APPEND CMAKE_CUDA_COMPILE_FEATURES cuda_std_20)
endif()

# No fused multiply-add (the bits are the contract), and a spill to local memory is an error.
set(SEQFEAT_NVCC_FLAGS -fmad=false -lineinfo "SHELL:-Xptxas --warn-on-spills"
                       "SHELL:-Xptxas -Werror")
