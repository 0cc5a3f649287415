# batpak_add_layer(<name> [USES <lower layers>] [LINKS <libraries>])
#
# One layer of batpak: the headers in include/batpak/<name> and the sources in src/<name>, compiled
# as an object library that sees only the layers it names. The order of layers is the architecture
# (docs/ARCHITECTURE.md); tools/tidy/layers.py checks the includes as well.
function(batpak_add_layer name)
  cmake_parse_arguments(arg "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cpp")
  set(target batpak_${name})
  add_library(${target} OBJECT ${sources})
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
  foreach(lower IN LISTS arg_USES)
    target_link_libraries(${target} PUBLIC batpak_${lower})
  endforeach()
  target_link_libraries(${target} PUBLIC tl::expected Threads::Threads ${arg_LINKS})
  batpak_private_flags(${target})
endfunction()
