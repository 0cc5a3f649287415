# What `cmake --install` puts where: libraries, headers, the CMake package, the pkg-config file.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/batpak")

list(TRANSFORM BATPAK_COMPONENTS REPLACE "(.+)" "batpak_\\1_library" OUTPUT_VARIABLE component_targets)
install(TARGETS batpak ${component_targets} EXPORT batpakTargets
  LIBRARY COMPONENT runtime NAMELINK_COMPONENT dev
  ARCHIVE COMPONENT dev
  RUNTIME COMPONENT runtime
  FILE_SET HEADERS COMPONENT dev)
install(EXPORT batpakTargets NAMESPACE batpak:: DESTINATION "${package_dir}" COMPONENT dev)

configure_package_config_file(cmake/batpakConfig.cmake.in
  "${PROJECT_BINARY_DIR}/batpakConfig.cmake" INSTALL_DESTINATION "${package_dir}")
# Before 1.0 each minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/batpakConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/batpakConfig.cmake" "${PROJECT_BINARY_DIR}/batpakConfigVersion.cmake"
  cmake/FindLibdeflate.cmake cmake/FindBLAKE3.cmake cmake/FindLMDB.cmake
  DESTINATION "${package_dir}" COMPONENT dev)

# The prefix is found from where the file lies, so that an installed tree may be moved.
file(RELATIVE_PATH BATPAK_PC_PREFIX
  "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" BATPAK_PC_PREFIX "${BATPAK_PC_PREFIX}")
list(JOIN BATPAK_PRIVATE_PKG_CONFIG ", " BATPAK_PC_REQUIRES_PRIVATE)
configure_file(cmake/batpak.pc.in batpak.pc @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/batpak.pc"
  DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
