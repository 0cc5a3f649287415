# The Debian packages that `cpack` makes in a build folder: libbatpak-dev, with the static libraries,
# and batpak, the tool. A shared build makes libbatpak0.1 besides.
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME batpak)
set(CPACK_PACKAGE_VENDOR "The batpak authors")
set(CPACK_PACKAGE_CONTACT "The batpak authors <maintainers@batpak.invalid>")
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_COMPONENTS_ALL dev)

set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "embedded, tamper-evident event store for C++20")
set(about "batpak stores events in an append-only log inside a program: no server and no
thread of its own. What was acknowledged as durable survives a power cut, and
damage is reported in its place. Each event has a BLAKE3 hash over its content
and its predecessor.")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libbatpak-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_DESCRIPTION "${about}

This package has the headers, the libraries, the CMake package and the files
of pkg-config.")
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "libexpected-dev, nlohmann-json3-dev (>= 3.10), libdeflate-dev")
set(CPACK_DEBIAN_DEV_PACKAGE_RECOMMENDS "liblmdb-dev, libsqlite3-dev, libsodium-dev, libcpp-httplib-dev, pkg-config")
set(packages libbatpak-dev)
set(components dev)

if(BATPAK_BUILD_TOOLS)
  list(APPEND CPACK_COMPONENTS_ALL tool)
  set(CPACK_DEBIAN_TOOL_PACKAGE_NAME batpak)
  set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION database)
  set(CPACK_DEBIAN_TOOL_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_TOOL_DESCRIPTION "${about}

This package has the tool that inspects, fills and checks stores.")
  list(APPEND packages batpak)
  list(APPEND components tool)
endif()
if(BUILD_SHARED_LIBS)
  set(runtime libbatpak${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  list(APPEND CPACK_COMPONENTS_ALL runtime)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${runtime})
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_RUNTIME_PACKAGE_GENERATE_SHLIBS ON)
  set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "${about}")
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", ${runtime} (= ${PROJECT_VERSION}-1)")
  if(BATPAK_BUILD_TOOLS)
    set(CPACK_DEBIAN_TOOL_PACKAGE_DEPENDS "${runtime} (= ${PROJECT_VERSION}-1)")
  endif()
  list(APPEND packages ${runtime})
  list(APPEND components runtime)
endif()

# What Debian asks of each package, made when it is packed: see the script.
foreach(package component IN ZIP_LISTS packages components)
  install(FILES packaging/debian/copyright DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}"
    COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(FILES packaging/debian/changelog DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}"
    RENAME changelog.Debian COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/packaging/debian/prepare.cmake")
include(CPack)
