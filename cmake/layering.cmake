# SPDX-License-Identifier: Apache-2.0
# Holds the stages apart: a file includes its own stage, earlier ones and foundations, never later
# ones. Run as  cmake -DROOT=<source tree> -P layering.cmake ; the first matching line of the table
# ranks a file, and a file without a rank is an error too.
cmake_minimum_required(VERSION 3.25)

set(stages foundation format spec pack hash lookup pad backend layer run cli)

# path under ROOT (regular expression) -> stage
set(table
    "include/seqfeat/(error|stream|memory|backend|dtype|float_type|fingerprint|modulo|decimal|version|detail/.*)[.]hpp" foundation
    "include/seqfeat/(tfrecord|safetensors|crc32c)[.]hpp" format
    "include/seqfeat/(id_source|column|layer_options|spec_json)[.]hpp" spec
    "include/seqfeat/(ragged|features|pack|example|sparse|dense)[.]hpp" pack
    "include/seqfeat/hash[.]hpp" hash
    "include/seqfeat/(table|lookup|combine|count)[.]hpp" lookup
    "include/seqfeat/(pad|batch_sizes)[.]hpp" pad
    "include/seqfeat/(layer|batch|seqfeat)[.]hpp" layer
    "src/io/.*" format
    "src/spec/.*" spec
    "src/(wire|pack)/.*" pack
    "src/table/.*" lookup
    "src/backend/(concat|sizes|text|host_memory|memory|try_thread)[.](hpp|cpp)" foundation
    "src/(backend|cpu)/.*" backend
    "cuda/.*" backend
    "src/layer/.*" layer
    "src/run/.*" run
    "src/cli/.*" cli)

# Sets `out` to the rank of `path`, or to -1.
function(rank_of path out)
  set(${out} -1 PARENT_SCOPE)
  set(rows ${table})
  while(rows)
    list(POP_FRONT rows pattern stage)
    if(path MATCHES "^${pattern}$")
      list(FIND stages ${stage} rank)
      set(${out} ${rank} PARENT_SCOPE)
      return()
    endif()
  endwhile()
endfunction()

# Sets `out` to the path under ROOT that `included` means in `file`, or to nothing if it is not ours.
function(resolve file included out)
  cmake_path(GET file PARENT_PATH folder)
  foreach(base include src . ${folder})
    if(EXISTS "${ROOT}/${base}/${included}")
      cmake_path(SET path NORMALIZE "${base}/${included}")
      set(${out} "${path}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  set(${out} "" PARENT_SCOPE)
endfunction()

set(problems "")
file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/include/*.hpp" "${ROOT}/src/*.hpp"
     "${ROOT}/src/*.cpp" "${ROOT}/cuda/*.cuh" "${ROOT}/cuda/*.cu" "${ROOT}/cuda/*.hpp"
     "${ROOT}/cuda/*.cpp")
foreach(file IN LISTS files)
  rank_of("${file}" rank)
  if(rank EQUAL -1)
    list(APPEND problems "${file}: has no stage, add it to the table in cmake/layering.cmake")
    continue()
  endif()
  file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[\"<]")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[^\"<]*[\"<]([^\">]*)[\">].*" "\\1" included "${line}")
    resolve("${file}" "${included}" path)
    if(path STREQUAL "")
      continue()
    endif()
    rank_of("${path}" other)
    if(other GREATER rank)
      list(GET stages ${rank} from)
      list(GET stages ${other} to)
      list(APPEND problems "${file}: stage ${from} includes ${path} of the later stage ${to}")
    endif()
  endforeach()
endforeach()

list(LENGTH files count)
if(count EQUAL 0)
  message(FATAL_ERROR "layering: no sources under '${ROOT}'")
endif()
if(problems)
  list(JOIN problems "\n  " text)
  message(FATAL_ERROR "layering:\n  ${text}")
endif()
message(STATUS "layering: ${count} files, every include looks back")
