# SPDX-License-Identifier: Apache-2.0
# How tests join CTest. Each process leaves a report under <build>/reports/, from which ./dev counts
# cases: GoogleTest's XML, or the captured text of a runner that ends with `N passed, N failed`.

set(SEQFEAT_REPORTS "${PROJECT_BINARY_DIR}/reports")
file(MAKE_DIRECTORY "${SEQFEAT_REPORTS}")

# Everything the emulator runs, as one target: the `simt` preset builds only this.
add_custom_target(simt_tests)
function(seqfeat_add_simt_folder folder)
  get_property(targets DIRECTORY "${folder}" PROPERTY BUILDSYSTEM_TARGETS)
  add_dependencies(simt_tests ${targets})
endfunction()

set(SEQFEAT_TEST_ENVIRONMENT
    "ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1:detect_stack_use_after_return=0"
    "UBSAN_OPTIONS=print_stacktrace=1"
    "TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:allocator_may_return_null=1")

# seqfeat_add_gtest(<executable> LABEL <label> [SHARDS <n>] [TIMEOUT <s>] [ARGS <arg>...])
# A process a shard, not a process a case: cases are short, starting them is not.
function(seqfeat_add_gtest target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;SHARDS;TIMEOUT" "ARGS")
  foreach(option SHARDS=1 TIMEOUT=900)
    string(REGEX MATCH "^(.*)=(.*)$" _ "${option}")
    if(NOT arg_${CMAKE_MATCH_1})
      set(arg_${CMAKE_MATCH_1} ${CMAKE_MATCH_2})
    endif()
  endforeach()
  math(EXPR last "${arg_SHARDS} - 1")
  foreach(shard RANGE ${last})
    set(name ${target})
    if(last)
      string(APPEND name ".${shard}")
    endif()
    add_test(NAME ${name} COMMAND ${target} ${arg_ARGS})
    set_tests_properties(
      ${name}
      PROPERTIES
        LABELS "${arg_LABEL}"
        TIMEOUT ${arg_TIMEOUT}
        ENVIRONMENT
        "${SEQFEAT_TEST_ENVIRONMENT};GTEST_OUTPUT=xml:${SEQFEAT_REPORTS}/${name}.xml;GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${shard}"
    )
  endforeach()
  seqfeat_label_target(${target} "${arg_LABEL}")
endfunction()

# seqfeat_add_counted_test(<name> LABEL <label> [TIMEOUT <s>] COMMAND <executable target> <arg>...)
# for a runner that prints `N passed, N failed` last.
function(seqfeat_add_counted_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "LABEL;TIMEOUT" "COMMAND")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 900)
  endif()
  list(POP_FRONT arg_COMMAND target)
  add_test(NAME ${name} COMMAND "${PROJECT_SOURCE_DIR}/tools/with-report"
                                "${SEQFEAT_REPORTS}/${name}.txt" $<TARGET_FILE:${target}> ${arg_COMMAND})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT}
                                          ENVIRONMENT "${SEQFEAT_TEST_ENVIRONMENT}")
  seqfeat_label_target(${target} "${arg_LABEL}")
endfunction()

function(seqfeat_label_target target label)
  if(label STREQUAL "simt")
    add_dependencies(simt_tests ${target})
  endif()
endfunction()

# seqfeat_add_test_executables(<base> LINK <library>... [ARGS <arg>...]) makes <base>_cpu, and
# <base>_simt where the emulated variant is built, out of the same objects.
function(seqfeat_add_test_executables base)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LINK;OBJECTS")
  foreach(variant cpu simt)
    set(library seqfeat)
    if(variant STREQUAL "simt")
      set(library seqfeat_simt)
    endif()
    if(TARGET ${library})
      add_executable(${base}_${variant})
      target_sources(${base}_${variant} PRIVATE ${arg_OBJECTS})
      target_link_libraries(${base}_${variant} PRIVATE ${arg_LINK} ${library} seqfeat_test_interface)
    endif()
  endforeach()
endfunction()
