# Compiles each public header alone, twice in one unit, with batpak's own warnings: a header that
# leans on what was included before it does not pass.
find_package(fmt CONFIG QUIET)

set(header_units "")
foreach(header IN LISTS BATPAK_HEADERS BATPAK_COMPONENT_HEADERS)
  string(REGEX REPLACE "^.*/include/(batpak/.*)$" "\\1" name "${header}")
  if(name STREQUAL "batpak/fmt.hpp" AND NOT TARGET fmt::fmt)
    continue()
  endif()
  set(unit "${PROJECT_BINARY_DIR}/header_check/${name}.cpp")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "#include \"${name}\"\n#include \"${name}\"\n" @ONLY)
  list(APPEND header_units "${unit}")
endforeach()

add_library(batpak_header_check OBJECT ${header_units})
target_link_libraries(batpak_header_check PRIVATE batpak::batpak)
if(TARGET fmt::fmt)
  target_link_libraries(batpak_header_check PRIVATE fmt::fmt)
endif()
batpak_private_flags(batpak_header_check)
batpak_not_optimised(batpak_header_check)
