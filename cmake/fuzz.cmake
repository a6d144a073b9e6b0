# SPDX-License-Identifier: Apache-2.0
# seqfeat_add_fuzz_target(<name> COVERS <file>... [SOURCES <file>...])
# Builds fuzz_<name> from <name>.cpp: with SEQFEAT_FUZZ for libFuzzer, otherwise with a main that
# replays the corpus (tests/fuzz/corpus/<name>) as a test. COVERS are the files, from the root, of
# which `./dev fuzz` shows the coverage.
function(seqfeat_add_fuzz_target name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "COVERS;SOURCES")
  set(corpus "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
  add_executable(fuzz_${name} ${name}.cpp ${arg_SOURCES})
  target_link_libraries(fuzz_${name} PRIVATE seqfeat seqfeat_interface)
  if(SEQFEAT_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    list(TRANSFORM arg_COVERS PREPEND "${PROJECT_SOURCE_DIR}/")
    list(JOIN arg_COVERS "\n" covers)
    file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/fuzz_${name}.covers" "${covers}\n")
  else()
    target_sources(fuzz_${name} PRIVATE replay_main.cpp)
    add_test(NAME fuzz.${name} COMMAND fuzz_${name} "${corpus}")
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz ENVIRONMENT
                                                 "${SEQFEAT_TEST_ENVIRONMENT}")
  endif()
endfunction()
