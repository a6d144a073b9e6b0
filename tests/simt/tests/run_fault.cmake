# SPDX-License-Identifier: Apache-2.0
# Runs PROGRAM with one FAULT under ORDER; passes if it ends as EXPECT (a regular expression over
# exit status and output) says.
execute_process(COMMAND ${CMAKE_COMMAND} -E env SIMT_ORDER=${ORDER} ${PROGRAM} ${FAULT}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output TIMEOUT 60)
if(NOT "status ${status}\n${output}" MATCHES "${EXPECT}")
  message(FATAL_ERROR "${FAULT} under ${ORDER}: expected \"${EXPECT}\", got status ${status}:\n${output}")
endif()
