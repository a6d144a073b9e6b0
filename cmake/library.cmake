# SPDX-License-Identifier: Apache-2.0
# The library from one set of source lists. It comes in two variants: `seqfeat`, which is
# installed, and `seqfeat_simt` (tests/simt), whose kernels run on the emulator. Host sources are
# compiled once and shared; only the few files that depend on the variant are compiled for each.
#
#   seqfeat_sources(a.cpp ...)          compiled once, shared by both variants
#   seqfeat_small_sources(a.cpp ...)    the same, for size: what runs once a file or once a process
#   seqfeat_variant_sources(a.cpp ...)  compiled for each variant; sees SEQFEAT_WITH_CUDA if it has kernels
#   seqfeat_stub_sources(a.cpp ...)     only in a variant without kernels
#   seqfeat_cuda_sources(a.cu ...)      only in a variant with kernels
#   seqfeat_headers(seqfeat/a.hpp ...)  installed, and each compiled alone by a test

foreach(kind sources variant_sources stub_sources cuda_sources headers)
  set_property(GLOBAL PROPERTY seqfeat_${kind})
endforeach()

function(seqfeat_append kind)
  list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_LIST_DIR}/" OUTPUT_VARIABLE files)
  set_property(GLOBAL APPEND PROPERTY seqfeat_${kind} ${files})
endfunction()

macro(seqfeat_sources)
  seqfeat_append(sources ${ARGN})
endmacro()
# nlohmann's readers take a third of the room so. Without precompiled headers, which are for -O2.
function(seqfeat_small_sources)
  seqfeat_append(sources ${ARGN})
  list(TRANSFORM ARGN PREPEND "${CMAKE_CURRENT_LIST_DIR}/" OUTPUT_VARIABLE files)
  set_source_files_properties(${files} DIRECTORY "${PROJECT_SOURCE_DIR}"
                              PROPERTIES COMPILE_OPTIONS "-Os" SKIP_PRECOMPILE_HEADERS ON)
endfunction()
macro(seqfeat_variant_sources)
  seqfeat_append(variant_sources ${ARGN})
endmacro()
macro(seqfeat_stub_sources)
  seqfeat_append(stub_sources ${ARGN})
endmacro()
macro(seqfeat_cuda_sources)
  seqfeat_append(cuda_sources ${ARGN})
endmacro()
macro(seqfeat_headers)
  seqfeat_append(headers ${ARGN})
endmacro()

# Include roots for our own code: "seqfeat/x.hpp" is public, "wire/x.hpp" is in src/, "cuda/x.cuh"
# and "tests/x.hpp" start at the root.
set(SEQFEAT_PRIVATE_INCLUDES "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}")

# For test code that both variants link: headers and flags, without choosing a variant.
add_library(seqfeat_interface INTERFACE)
seqfeat_usage(seqfeat_interface INTERFACE)
target_include_directories(seqfeat_interface INTERFACE "${PROJECT_SOURCE_DIR}/include"
                                                       ${SEQFEAT_PRIVATE_INCLUDES})
target_link_libraries(seqfeat_interface INTERFACE seqfeat_warnings nlohmann_json::nlohmann_json
                                                  ZLIB::ZLIB Threads::Threads)

# A static library of the shared objects and one variant's own files.
# seqfeat_variant(name WITH_CUDA|WITHOUT_CUDA): the caller adds the kernels' sources.
function(seqfeat_variant name kernels)
  get_property(variant_sources GLOBAL PROPERTY seqfeat_variant_sources)
  get_property(stub_sources GLOBAL PROPERTY seqfeat_stub_sources)
  add_library(${name} STATIC "${PROJECT_SOURCE_DIR}/include/seqfeat/version.hpp"
                             $<TARGET_OBJECTS:seqfeat_host> ${variant_sources})
  if(kernels STREQUAL "WITH_CUDA")
    target_compile_definitions(${name} PRIVATE SEQFEAT_WITH_CUDA)
  else()
    target_sources(${name} PRIVATE ${stub_sources})
  endif()
  seqfeat_usage(${name} PUBLIC)
  target_include_directories(
    ${name}
    PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>"
    PRIVATE ${SEQFEAT_PRIVATE_INCLUDES})
  target_link_libraries(
    ${name}
    PUBLIC Threads::Threads
    PRIVATE ZLIB::ZLIB $<BUILD_INTERFACE:nlohmann_json::nlohmann_json>
            $<BUILD_INTERFACE:seqfeat_warnings>)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()

# Called once, when all lists are complete.
function(seqfeat_finish_library)
  get_property(sources GLOBAL PROPERTY seqfeat_sources)
  get_property(cuda_sources GLOBAL PROPERTY seqfeat_cuda_sources)
  get_property(headers GLOBAL PROPERTY seqfeat_headers)
  seqfeat_objects(
    seqfeat_host
    SOURCES "${PROJECT_SOURCE_DIR}/include/seqfeat/version.hpp" ${sources}
    LINK seqfeat_interface
    PRECOMPILE algorithm array charconv cstdint cstring functional map memory optional span
               stdexcept string string_view utility variant vector)

  if(SEQFEAT_WITH_CUDA AND cuda_sources)
    seqfeat_variant(seqfeat WITH_CUDA)
    target_sources(seqfeat PRIVATE ${cuda_sources})
    target_compile_features(seqfeat PRIVATE cuda_std_20)
    target_compile_options(seqfeat PRIVATE "$<$<COMPILE_LANGUAGE:CUDA>:${SEQFEAT_NVCC_FLAGS}>")
    # Some of CUB's kernels spill a few bytes, about which only CUB can do something.
    set_source_files_properties("${PROJECT_SOURCE_DIR}/cuda/sort_cub.cu" TARGET_DIRECTORY seqfeat
                                PROPERTIES COMPILE_OPTIONS -Xptxas=-w)
    target_link_libraries(seqfeat PRIVATE $<BUILD_INTERFACE:${SEQFEAT_CUDART}>
                                          $<INSTALL_INTERFACE:seqfeat::cudart>)
  else()
    seqfeat_variant(seqfeat WITHOUT_CUDA)
  endif()
  add_library(seqfeat::seqfeat ALIAS seqfeat)
  target_sources(seqfeat PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES
                                ${headers})
endfunction()

# For folders that not every checkout has to have.
macro(seqfeat_optional_subdirectory folder)
  if(EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${folder}/CMakeLists.txt")
    add_subdirectory(${folder})
  endif()
endmacro()
