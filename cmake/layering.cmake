# SPDX-License-Identifier: Apache-2.0
# Holds the stages apart: a file includes its own stage and earlier ones, never a later one. What is
# installed or shown to users includes nothing that they do not have. Run as
#   cmake -DROOT=<source tree> -P layering.cmake
# A file without a stage is an error, and so is a name in the tables without a file.
cmake_minimum_required(VERSION 3.25)

set(stages foundation format spec pack hash lookup pad backend layer run abi cli bench examples tests)

# path under ROOT (regular expression) -> stage; the first line that matches counts
set(table
    "include/seqfeat/(error|stream|memory|backend|dtype|float_type|fingerprint|crossed|modulo|decimal|siphash|vocabulary|version|philox|stochastic_rounding|update_rule|detail/.*)[.]hpp" foundation
    "include/seqfeat/(tfrecord|safetensors|crc32c)[.]hpp" format
    "include/seqfeat/(id_source|keyed_hash|column|layer_options|spec_json|optimizer)[.]hpp" spec
    "include/seqfeat/(ragged|features|pack|example|arrow|arrow_abi)[.]hpp" pack
    "include/seqfeat/hash[.]hpp" hash
    "include/seqfeat/(table|lookup|combine|count|gradient)[.]hpp" lookup
    "include/seqfeat/(pad|batch_sizes|numeric)[.]hpp" pad
    "include/seqfeat/(layer|batch|training|seqfeat)[.]hpp" layer
    "include/seqfeat/seqfeat[.]h" layer
    "src/io/.*" format
    "src/spec/.*" spec
    "src/(wire|pack|arrow)/.*" pack
    "src/table/.*" lookup
    "src/backend/(concat|fork_aware|sizes|text|host_memory|memory|simd|try_thread|tuning)[.].*" foundation
    "src/(backend|cpu)/.*" backend
    "cuda/.*" backend
    "src/layer/.*" layer
    "src/run/.*" run
    "src/abi/.*" abi
    "src/cli/.*" cli
    "bench/.*" bench
    "examples/.*" examples
    "tests/.*" tests)

# folder -> the only folders that its files may include
set(closed
    "include/" "include/"
    "examples/" "(include|examples)/")

# folder -> where an include of its files is looked for, besides the file's own folder
set(roots
    "tests/" "include:src:.:tests/simt/include:tests/simt/src:tests/ptx/include:tests/ptx/src"
    "" "include:src:.")

# Sets `out` to what stands in a list of pairs beside the first pattern that fits, or to nothing.
function(look_up pairs path out)
  set(${out} "" PARENT_SCOPE)
  while(pairs)
    list(POP_FRONT pairs pattern value)
    if(path MATCHES "^${pattern}")
      set(${out} "${value}" PARENT_SCOPE)
      return()
    endif()
  endwhile()
endfunction()

# Sets `out` to the path under ROOT that `included` means in `file`, or to nothing if it is not ours.
function(resolve file included out)
  cmake_path(GET file PARENT_PATH folder)
  look_up("${roots}" "${file}" bases)
  string(REPLACE ":" ";" bases "${bases}")
  set(${out} "" PARENT_SCOPE)
  foreach(base IN LISTS bases folder)
    if(EXISTS "${ROOT}/${base}/${included}")
      cmake_path(SET path NORMALIZE "${base}/${included}")
      set(${out} "${path}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
endfunction()

# Appends to `problems` what is wrong with a line `#include "included"` or <included> of `file`.
function(check_include file included quoted)
  resolve("${file}" "${included}" path)
  if(path STREQUAL "")
    if(quoted)
      list(APPEND problems "${file}: includes \"${included}\", which is not there; write <> around\
 what is not of this project, or add to the roots in cmake/layering.cmake")
    endif()
  elseif(NOT DEFINED "stage_of_${path}")
    list(APPEND problems "${file}: includes ${path}, which has no stage")
  else()
    list(FIND stages "${stage_of_${file}}" from)
    list(FIND stages "${stage_of_${path}}" to)
    if(to GREATER from)
      list(APPEND problems "${file}: stage ${stage_of_${file}} includes ${path} of the later stage\
 ${stage_of_${path}}")
    endif()
    look_up("${closed}" "${file}" seen)
    if(NOT path MATCHES "^${seen}")
      list(APPEND problems "${file}: includes ${path}, which its users do not have")
    endif()
  endif()
  set(problems "${problems}" PARENT_SCOPE)
endfunction()

set(problems "")
foreach(folder include src cuda bench examples tests tools)
  foreach(ending hpp cpp h cuh cu)
    list(APPEND globs "${ROOT}/${folder}/*.${ending}")
  endforeach()
endforeach()
file(GLOB_RECURSE files RELATIVE "${ROOT}" ${globs})
foreach(file IN LISTS files)
  look_up("${table}" "${file}" stage)
  if(stage)
    set("stage_of_${file}" ${stage})
  else()
    list(APPEND problems "${file}: has no stage, add it to the table in cmake/layering.cmake")
  endif()
endforeach()

foreach(file IN LISTS files)
  if(NOT DEFINED "stage_of_${file}")
    continue()
  endif()
  file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[\"<]")
  foreach(line IN LISTS lines)
    string(REGEX MATCH "([\"<])([^\">]*)" _ "${line}")
    string(COMPARE EQUAL "${CMAKE_MATCH_1}" "\"" quoted)
    check_include("${file}" "${CMAKE_MATCH_2}" ${quoted})
  endforeach()
endforeach()

# Every name in brackets, or the line as a whole, has a file.
set(rows ${table})
while(rows)
  list(POP_FRONT rows pattern _)
  if(pattern MATCHES "^([^(]*)[(]([^)]*)[)](.*)$")
    string(REPLACE "|" ";" names "${CMAKE_MATCH_2}")
    list(TRANSFORM names PREPEND "${CMAKE_MATCH_1}")
    list(TRANSFORM names APPEND "${CMAKE_MATCH_3}")
  else()
    set(names "${pattern}")
  endif()
  foreach(name IN LISTS names)
    set(found ${files})
    list(FILTER found INCLUDE REGEX "^${name}$")
    if(NOT found)
      list(APPEND problems "the table in cmake/layering.cmake names ${name}, which is no file")
    endif()
  endforeach()
endwhile()

list(LENGTH files count)
if(count EQUAL 0)
  message(FATAL_ERROR "layering: no sources under '${ROOT}'")
endif()
if(problems)
  list(JOIN problems "\n  " text)
  message(FATAL_ERROR "layering:\n  ${text}")
endif()
message(STATUS "layering: ${count} files, every include looks back")
