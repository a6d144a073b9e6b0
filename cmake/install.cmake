# SPDX-License-Identifier: Apache-2.0
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(SEQFEAT_PACKAGE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/seqfeat")
install(
  TARGETS seqfeat
  EXPORT seqfeat
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(
  EXPORT seqfeat
  NAMESPACE seqfeat::
  FILE seqfeat-targets.cmake
  DESTINATION "${SEQFEAT_PACKAGE_DIR}")
if(TARGET seqfeat_shared)
  install(TARGETS seqfeat_shared LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
foreach(program seqfeat_cli seqfeat_bench_cpu) # the first looks for the second beside itself
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
  endif()
endforeach()

configure_package_config_file(
  "${CMAKE_CURRENT_LIST_DIR}/seqfeat-config.cmake.in" "${PROJECT_BINARY_DIR}/seqfeat-config.cmake"
  INSTALL_DESTINATION "${SEQFEAT_PACKAGE_DIR}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/seqfeat-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/seqfeat-config.cmake"
              "${PROJECT_BINARY_DIR}/seqfeat-config-version.cmake"
        DESTINATION "${SEQFEAT_PACKAGE_DIR}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
