# FindCppHttplib -- target batpak::cpphttplib. Debian's cpp-httplib is a compiled library, and the layout
# of its classes depends on the definitions that its pkg-config file gives: they belong to the target. Where
# it is a header alone, there is no library to link.
include(FindPackageHandleStandardArgs)
find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(PC_CPPHTTPLIB QUIET cpp-httplib)
endif()
find_path(CPPHTTPLIB_INCLUDE_DIR httplib.h HINTS ${PC_CPPHTTPLIB_INCLUDE_DIRS})
find_library(CPPHTTPLIB_LIBRARY NAMES cpp-httplib HINTS ${PC_CPPHTTPLIB_LIBRARY_DIRS})
set(CPPHTTPLIB_VERSION "${PC_CPPHTTPLIB_VERSION}")
mark_as_advanced(CPPHTTPLIB_INCLUDE_DIR CPPHTTPLIB_LIBRARY)
find_package_handle_standard_args(CppHttplib REQUIRED_VARS CPPHTTPLIB_INCLUDE_DIR
  VERSION_VAR CPPHTTPLIB_VERSION)
if(CppHttplib_FOUND AND NOT TARGET batpak::cpphttplib)
  add_library(batpak::cpphttplib INTERFACE IMPORTED)
  target_include_directories(batpak::cpphttplib SYSTEM INTERFACE "${CPPHTTPLIB_INCLUDE_DIR}")
  target_compile_options(batpak::cpphttplib INTERFACE ${PC_CPPHTTPLIB_CFLAGS_OTHER})
  if(CPPHTTPLIB_LIBRARY)
    target_link_libraries(batpak::cpphttplib INTERFACE "${CPPHTTPLIB_LIBRARY}")
  endif()
endif()
