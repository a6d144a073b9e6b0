# SPDX-License-Identifier: Apache-2.0
# Fails when a header under ROOT is missing from LISTED (include/CMakeLists.txt).
file(GLOB_RECURSE found "${ROOT}/*.hpp")
list(REMOVE_ITEM found ${LISTED})
if(found)
  list(JOIN found "\n  " text)
  message(FATAL_ERROR "not in include/CMakeLists.txt, so never installed:\n  ${text}")
endif()
