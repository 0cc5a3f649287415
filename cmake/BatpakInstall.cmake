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
foreach(name IN LISTS BATPAK_FETCHED_HEADERS)
  install(TARGETS batpak_${name} EXPORT batpakTargets)
  install(DIRECTORY "${BATPAK_FETCHED_FOLDER_${name}}/" DESTINATION "${BATPAK_FETCHED_INCLUDEDIR}"
    COMPONENT dev FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(EXPORT batpakTargets NAMESPACE batpak:: DESTINATION "${package_dir}" COMPONENT dev)

configure_package_config_file(cmake/batpakConfig.cmake.in
  "${PROJECT_BINARY_DIR}/batpakConfig.cmake" INSTALL_DESTINATION "${package_dir}")
# Before 1.0 each minor version may change the interface.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/batpakConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES
  "${PROJECT_BINARY_DIR}/batpakConfig.cmake" "${PROJECT_BINARY_DIR}/batpakConfigVersion.cmake"
  cmake/FindLibdeflate.cmake cmake/FindBLAKE3.cmake cmake/FindLMDB.cmake
  cmake/FindSodium.cmake cmake/FindCppHttplib.cmake
  DESTINATION "${package_dir}" COMPONENT dev)

# What `cmake --install` takes: build this, and it works.
add_custom_target(batpak_installable DEPENDS batpak ${component_targets})

# The prefix is found from where the file lies, so that an installed tree may be moved.
file(RELATIVE_PATH BATPAK_PC_PREFIX
  "/prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/prefix")
string(REGEX REPLACE "/$" "" BATPAK_PC_PREFIX "${BATPAK_PC_PREFIX}")
set(BATPAK_PC_CFLAGS "-I\${includedir}")
if(BATPAK_FETCHED_HEADERS)
  string(APPEND BATPAK_PC_CFLAGS " -I\${prefix}/${BATPAK_FETCHED_INCLUDEDIR}")
endif()

# batpak_install_pc(<name> <library> [REQUIRES <modules>] [PRIVATE <modules>] [LIBS <flags>]): the file
# <name>.pc. A static archive leaves to its users what it links itself, a shared library does not.
function(batpak_install_pc name library)
  cmake_parse_arguments(arg "" "" "REQUIRES;PRIVATE;LIBS" ${ARGN})
  set(BATPAK_PC_NAME "${name}")
  set(BATPAK_PC_LIBS "-L\${libdir} -l${library}")
  set(BATPAK_PC_LIBS_PRIVATE "")
  if(BUILD_SHARED_LIBS)
    list(JOIN arg_LIBS " " BATPAK_PC_LIBS_PRIVATE)
  else()
    list(APPEND arg_REQUIRES ${arg_PRIVATE})
    set(arg_PRIVATE "")
    list(JOIN arg_LIBS " " libs)
    string(APPEND BATPAK_PC_LIBS " ${libs}")
  endif()
  list(JOIN arg_REQUIRES ", " BATPAK_PC_REQUIRES)
  list(JOIN arg_PRIVATE ", " BATPAK_PC_REQUIRES_PRIVATE)
  configure_file(cmake/batpak.pc.in "${name}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${name}.pc"
    DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
endfunction()

batpak_install_pc(batpak batpak PRIVATE ${BATPAK_PRIVATE_PKG_CONFIG} LIBS -pthread)
set(pc_private_lmdb lmdb)
set(pc_private_sqlite sqlite3)
set(pc_private_proof libsodium)
set(pc_private_inspector cpp-httplib)
foreach(component IN LISTS BATPAK_COMPONENTS)
  batpak_install_pc(batpak-${component} batpak_${component}
    REQUIRES "batpak = ${PROJECT_VERSION}" PRIVATE ${pc_private_${component}})
endforeach()
