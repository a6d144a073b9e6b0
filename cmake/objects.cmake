# SPDX-License-Identifier: Apache-2.0
# Host code that is compiled the same way in every build, with CUDA and without. Where
# SEQFEAT_OBJECTS_FROM names another build folder of these sources, what it compiles is linked here
# too; a build here brings it up to date first. `./dev check nvcc` and `./dev check ptx` link what
# `./dev test` has compiled.

if(SEQFEAT_OBJECTS_FROM)
  set(same CMAKE_HOME_DIRECTORY CMAKE_CXX_COMPILER CMAKE_BUILD_TYPE CMAKE_CXX_FLAGS
           CMAKE_CXX_FLAGS_RELEASE SEQFEAT_SANITIZE)
  load_cache("${SEQFEAT_OBJECTS_FROM}" READ_WITH_PREFIX theirs_ ${same})
  foreach(name ${same})
    if(NOT "${theirs_${name}}" STREQUAL "${${name}}")
      message(FATAL_ERROR "SEQFEAT_OBJECTS_FROM: ${SEQFEAT_OBJECTS_FROM} was configured with ${name} "
                          "'${theirs_${name}}', expected '${${name}}'; build without the option")
    endif()
  endforeach()
endif()

# seqfeat_objects(<target> SOURCES <file>... LINK <library>... [PRECOMPILE <header>...])
function(seqfeat_objects target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LINK;PRECOMPILE")
  if(NOT SEQFEAT_OBJECTS_FROM)
    add_library(${target} OBJECT ${arg_SOURCES})
    set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX)
    target_link_libraries(${target} PRIVATE ${arg_LINK})
    if(arg_PRECOMPILE)
      seqfeat_precompile(${target} ${arg_PRECOMPILE})
    endif()
    return()
  endif()
  set(objects ${arg_SOURCES})
  list(FILTER objects EXCLUDE REGEX "\\.hpp$")
  list(TRANSFORM objects REPLACE "^${CMAKE_CURRENT_SOURCE_DIR}/" "")
  list(TRANSFORM objects REPLACE "(.+)" "CMakeFiles/${target}.dir/\\1${CMAKE_CXX_OUTPUT_EXTENSION}")
  seqfeat_borrow(${target} ${objects})
  add_library(${target} OBJECT IMPORTED GLOBAL)
  set_target_properties(${target} PROPERTIES IMPORTED_OBJECTS "${borrowed}")
  add_dependencies(${target} seqfeat_borrowed)
endfunction()

# Sets `borrowed`: files that the other build makes for `target` in its folder for this one.
function(seqfeat_borrow target)
  file(RELATIVE_PATH folder "${PROJECT_BINARY_DIR}" "${CMAKE_CURRENT_BINARY_DIR}")
  cmake_path(APPEND SEQFEAT_OBJECTS_FROM "${folder}" "" OUTPUT_VARIABLE folder)
  list(TRANSFORM ARGN PREPEND "${folder}")
  set_property(GLOBAL APPEND PROPERTY seqfeat_borrowed_targets ${target})
  set_property(GLOBAL APPEND PROPERTY seqfeat_borrowed_files ${ARGN})
  set(borrowed ${ARGN} PARENT_SCOPE)
endfunction()

# Called once, when all are known.
function(seqfeat_finish_objects)
  if(SEQFEAT_OBJECTS_FROM)
    get_property(targets GLOBAL PROPERTY seqfeat_borrowed_targets)
    get_property(files GLOBAL PROPERTY seqfeat_borrowed_files)
    add_custom_target(
      seqfeat_borrowed
      COMMAND "${CMAKE_COMMAND}" --build "${SEQFEAT_OBJECTS_FROM}" --target ${targets}
      BYPRODUCTS ${files}
      COMMENT "Bringing ${SEQFEAT_OBJECTS_FROM} up to date"
      VERBATIM)
  endif()
endfunction()
