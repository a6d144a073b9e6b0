# SPDX-License-Identifier: Apache-2.0
# How our own code is compiled. Nothing here reaches the projects that link seqfeat, except
# seqfeat_usage().

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
set(CMAKE_CUDA_EXTENSIONS OFF)
if(PROJECT_IS_TOP_LEVEL)
  set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
endif()

# Sanitizers and the fuzzer's instrumentation go to every target and to the package test.
set(SEQFEAT_INSTRUMENT_FLAGS "")
if(SEQFEAT_SANITIZE STREQUAL "address")
  list(APPEND SEQFEAT_INSTRUMENT_FLAGS -fsanitize=address,undefined -fno-sanitize-recover=all)
elseif(SEQFEAT_SANITIZE STREQUAL "thread")
  list(APPEND SEQFEAT_INSTRUMENT_FLAGS -fsanitize=thread)
endif()
if(SEQFEAT_INSTRUMENT_FLAGS)
  list(APPEND SEQFEAT_INSTRUMENT_FLAGS -fno-omit-frame-pointer)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:${SEQFEAT_INSTRUMENT_FLAGS}>")
  add_link_options(${SEQFEAT_INSTRUMENT_FLAGS})
endif()
if(SEQFEAT_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "SEQFEAT_FUZZ: libFuzzer needs clang++, got ${CMAKE_CXX_COMPILER_ID}; "
                        "configure with -DCMAKE_CXX_COMPILER=clang++")
  endif()
  # Profiles go to the build folder, wherever a target is run.
  set(SEQFEAT_PROFILE_FLAG "-fprofile-instr-generate=${PROJECT_BINARY_DIR}/profiles/%m.profraw")
  set(SEQFEAT_FUZZ_FLAGS -fsanitize=fuzzer-no-link ${SEQFEAT_PROFILE_FLAG} -fcoverage-mapping)
  add_compile_options("$<$<COMPILE_LANGUAGE:CXX>:${SEQFEAT_FUZZ_FLAGS}>")
  add_link_options(${SEQFEAT_PROFILE_FLAG})
endif()

# Warnings sit on a target of our own that is never exported.
add_library(seqfeat_warnings INTERFACE)
target_compile_options(
  seqfeat_warnings
  INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra;-Wconversion;-Wsign-conversion;-Wshadow>"
            "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-Wall,-Wextra;-Wno-deprecated-gpu-targets>")
if(SEQFEAT_WERROR)
  target_compile_options(
    seqfeat_warnings INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:-Werror>"
                               "$<$<COMPILE_LANGUAGE:CUDA>:-Werror=all-warnings>")
endif()

# What whoever includes our headers must have. -ffp-contract=off is among it, because the public
# headers hold the arithmetic as inline functions: a caller's copy with fused multiply-adds could
# be the one the linker keeps, and then CPU and GPU would no longer agree bit for bit. (Device code
# is never merged across translation units, so -fmad=false stays with our own kernels.)
function(seqfeat_usage target scope)
  target_compile_features(${target} ${scope} cxx_std_20)
  target_compile_options(
    ${target} ${scope} "$<$<COMPILE_LANG_AND_ID:CXX,GNU,Clang,AppleClang>:-ffp-contract=off>"
    "$<$<COMPILE_LANGUAGE:CUDA>:-Xcompiler=-ffp-contract=off>")
endfunction()

# seqfeat_precompile(<target> <header>...): headers that most sources of a C++ target include, parsed
# once. Not where a launcher such as ccache compiles, because it would cache nothing any more. Every
# source still includes what it uses: `./dev check tidy` reads the sources without (it sets
# CMAKE_DISABLE_PRECOMPILE_HEADERS).
function(seqfeat_precompile target)
  if(NOT CMAKE_CXX_COMPILER_LAUNCHER)
    list(TRANSFORM ARGN REPLACE "^(.+)$" "<\\1>" OUTPUT_VARIABLE headers)
    target_precompile_headers(${target} PRIVATE ${headers})
  endif()
endfunction()
