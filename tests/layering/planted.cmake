# SPDX-License-Identifier: Apache-2.0
# Plants one include after the other in a source tree of two files, and reads what the check says.
# Run as  cmake -DCHECK=<layering.cmake> -DFOLDER=<for trees> -P planted.cmake
cmake_minimum_required(VERSION 3.25)

# file | its include | the file that this means ("-": there is none) | the problem ("-": none)
set(plants
    "src/pack/a.cpp|\"seqfeat/error.hpp\"|include/seqfeat/error.hpp|-"
    "src/pack/a.cpp|<vector>|-|-"
    "tests/unit/a.cpp|\"src/run/b.hpp\"|src/run/b.hpp|-"
    "include/seqfeat/hash.hpp|\"seqfeat/pad.hpp\"|include/seqfeat/pad.hpp|stage hash includes include/seqfeat/pad.hpp of the later stage pad"
    "src/pack/a.cpp|\"layer/b.hpp\"|src/layer/b.hpp|stage pack includes src/layer/b.hpp of the later stage layer"
    "src/pack/a.cpp|\"tests/support/b.hpp\"|tests/support/b.hpp|stage pack includes tests/support/b.hpp of the later stage tests"
    "src/io/a.cpp|\"bench/b.hpp\"|bench/b.hpp|stage format includes bench/b.hpp of the later stage bench"
    "src/cli/a.cpp|\"bench/cpu/b.hpp\"|bench/cpu/b.hpp|stage cli includes bench/cpu/b.hpp of the later stage bench"
    "src/run/a.cpp|\"cli/b.hpp\"|src/cli/b.hpp|stage run includes src/cli/b.hpp of the later stage cli"
    "src/backend/sizes.hpp|\"cpu/b.hpp\"|src/cpu/b.hpp|stage foundation includes src/cpu/b.hpp of the later stage backend"
    "cuda/a.cu|\"layer/b.hpp\"|src/layer/b.hpp|stage backend includes src/layer/b.hpp of the later stage layer"
    "bench/a.cu|\"tests/support/b.hpp\"|tests/support/b.hpp|stage bench includes tests/support/b.hpp of the later stage tests"
    "include/seqfeat/layer.hpp|\"pack/b.hpp\"|src/pack/b.hpp|includes src/pack/b.hpp, which its users do not have"
    "include/seqfeat/layer.hpp|\"../../src/pack/b.hpp\"|src/pack/b.hpp|includes src/pack/b.hpp, which its users do not have"
    "examples/a.cpp|\"run/b.hpp\"|src/run/b.hpp|includes src/run/b.hpp, which its users do not have"
    "src/nowhere/a.cpp|<vector>|-|has no stage"
    "include/seqfeat/nowhere.hpp|<vector>|-|has no stage"
    "tools/a.cpp|<vector>|-|has no stage"
    "src/pack/a.cpp|\"extra/b.hpp\"|extra/b.hpp|includes extra/b.hpp, which has no stage"
    "src/pack/a.cpp|\"pack/b.inc\"|src/pack/b.inc|includes src/pack/b.inc, which has no stage"
    "src/pack/a.cpp|\"pack/gone.hpp\"|-|includes \"pack/gone.hpp\", which is not there")

# Sets `out` to what the check says of a tree, a problem an element.
function(problems_of root out)
  execute_process(COMMAND ${CMAKE_COMMAND} "-DROOT=${root}" -P "${CHECK}" RESULT_VARIABLE code
                  OUTPUT_VARIABLE text ERROR_VARIABLE text)
  if(code EQUAL 0)
    message(FATAL_ERROR "${root}: passed, though most names of the table have no file there")
  endif()
  string(REGEX MATCHALL "[^\n]+" problems "${text}")
  list(TRANSFORM problems STRIP)
  set(${out} "${problems}" PARENT_SCOPE)
endfunction()

set(number 0)
foreach(plant IN LISTS plants)
  string(REPLACE "|" ";" plant "${plant}")
  list(POP_FRONT plant file include meant problem)
  math(EXPR number "${number} + 1")
  set(root "${FOLDER}/${number}")
  file(REMOVE_RECURSE "${root}")
  if(NOT meant STREQUAL "-")
    file(WRITE "${root}/${meant}" "")
  endif()
  file(WRITE "${root}/${file}" "#include ${include}\n")
  problems_of("${root}" problems)
  # Beside what is wrong with the include stands only that the tree is small.
  list(FILTER problems INCLUDE REGEX "^[^ ]+: ")
  set(expected "${file}: ${problem}")
  if(problem STREQUAL "-")
    set(expected "")
  endif()
  list(LENGTH problems count)
  string(FIND "${problems}" "${expected}" at)
  if(NOT at EQUAL 0 OR count GREATER 1 OR (count EQUAL 1 AND expected STREQUAL ""))
    message(SEND_ERROR "${file} with ${include}: got '${problems}', expected '${expected}'")
  endif()
endforeach()

# A name of the table without a file, be it in brackets or a line of its own; and one that has one.
set(root "${FOLDER}/names")
file(WRITE "${root}/src/backend/try_thread.hpp" "")
problems_of("${root}" problems)
foreach(name "src/backend/concat[.].*" "include/seqfeat/pad[.]hpp" "src/run/.*")
  if(NOT "the table in cmake/layering.cmake names ${name}, which is no file" IN_LIST problems)
    message(SEND_ERROR "the check says nothing of '${name}', which has no file")
  endif()
endforeach()
if(problems MATCHES "try_thread")
  message(SEND_ERROR "the check says that src/backend/try_thread has no file, and it has one")
endif()
