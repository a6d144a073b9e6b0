# SPDX-License-Identifier: Apache-2.0
# What a user may choose; a value that nobody knows is an error, not a silent default.

set(SEQFEAT_CUDA AUTO CACHE STRING "CUDA backend: AUTO (where nvcc is found), ON or OFF")
set(SEQFEAT_CUDA_ARCHITECTURES "80-real;90-real;100" CACHE STRING
    "GPU architectures: machine code for each, PTX for those to come")
set(SEQFEAT_SANITIZE "" CACHE STRING "empty, address (with undefined behaviour) or thread")
set(SEQFEAT_OBJECTS_FROM "" CACHE PATH "A build folder that has compiled the host code of these sources")
option(SEQFEAT_PYTHON "Build the Python package's extension (pyproject.toml does)" OFF)
option(SEQFEAT_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(SEQFEAT_SHARED "Build libseqfeat.so, the C interface" ${PROJECT_IS_TOP_LEVEL})
option(SEQFEAT_CLI "Build the command line program" ${PROJECT_IS_TOP_LEVEL})
option(SEQFEAT_EXAMPLES "Build the examples" ${PROJECT_IS_TOP_LEVEL})
option(SEQFEAT_BENCH "Build the benchmarks" OFF)
option(SEQFEAT_PTX "Tests run the kernels' PTX in an interpreter, without a device (tests/ptx)" OFF)
option(SEQFEAT_FUZZ "Build the fuzz targets for libFuzzer (clang only)" OFF)
option(SEQFEAT_WERROR "Treat warnings as errors" OFF)

function(seqfeat_check_option name)
  set_property(CACHE ${name} PROPERTY STRINGS ${ARGN})
  if(NOT "${${name}}" IN_LIST ARGN)
    list(JOIN ARGN "', '" known)
    message(FATAL_ERROR "${name}: got '${${name}}', expected one of '${known}'")
  endif()
endfunction()

seqfeat_check_option(SEQFEAT_CUDA AUTO ON OFF)
seqfeat_check_option(SEQFEAT_SANITIZE "" address thread)

if(SEQFEAT_FUZZ AND SEQFEAT_SANITIZE STREQUAL "thread")
  message(FATAL_ERROR "SEQFEAT_FUZZ: works with SEQFEAT_SANITIZE '' or 'address', got 'thread'")
endif()

if(SEQFEAT_PTX AND NOT (SEQFEAT_CUDA STREQUAL "ON" AND SEQFEAT_TESTS))
  message(FATAL_ERROR "SEQFEAT_PTX: works with SEQFEAT_CUDA=ON and SEQFEAT_TESTS=ON, got "
                      "'${SEQFEAT_CUDA}' and '${SEQFEAT_TESTS}'")
endif()

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
