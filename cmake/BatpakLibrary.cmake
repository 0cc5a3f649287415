# batpak::batpak, the library that users link: all layers in one archive or shared object; and beside
# it the components, a library each: batpak::testing, the simulated environment for users' own tests,
# batpak::lmdb, batpak::sqlite, batpak::proof and batpak::inspector, which need a library of somebody else.
configure_file(cmake/version.hpp.in include/batpak/version.hpp @ONLY)

# Public headers belong to the library as file sets, which carries them to the install tree.
file(GLOB_RECURSE BATPAK_HEADERS CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/batpak/*.hpp")
set(all_headers "${BATPAK_HEADERS}")
list(FILTER BATPAK_HEADERS EXCLUDE REGEX "/batpak/(testing|lmdb|sqlite|proof|inspector)/")
list(APPEND BATPAK_HEADERS "${PROJECT_BINARY_DIR}/include/batpak/version.hpp")

# The objects of a layer go in once, and with them those of the libraries that were built here: an
# installed batpak then has no such library to find.
set(layer_objects "")
get_property(layers GLOBAL PROPERTY BATPAK_LAYERS)
foreach(layer IN LISTS layers)
  list(APPEND layer_objects $<TARGET_OBJECTS:batpak_${layer}>)
endforeach()
foreach(library IN ITEMS libdeflate blake3)
  if(TARGET batpak_${library})
    list(APPEND layer_objects $<TARGET_OBJECTS:batpak_${library}>)
  endif()
endforeach()

function(batpak_library_properties target output_name)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE CXX OUTPUT_NAME ${output_name}
    VERSION ${PROJECT_VERSION} SOVERSION "${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}")
  if(BATPAK_SANITIZE)
    target_link_options(${target} PUBLIC -fsanitize=${BATPAK_SANITIZE})
  endif()
  if(BUILD_SHARED_LIBS AND UNIX AND NOT APPLE)
    # Exports the namespace batpak and nothing else: no symbol of a private library leaks.
    target_link_options(${target} PRIVATE
      "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/batpak.map")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS
      "${PROJECT_SOURCE_DIR}/cmake/batpak.map")
    if(NOT BATPAK_SANITIZE)
      target_link_options(${target} PRIVATE "LINKER:--no-undefined")
    endif()
  endif()
endfunction()

add_library(batpak ${layer_objects})
add_library(batpak::batpak ALIAS batpak)
target_sources(batpak PUBLIC FILE_SET HEADERS
  BASE_DIRS "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include"
  FILES ${BATPAK_HEADERS})
target_link_libraries(batpak PUBLIC tl::expected nlohmann_json::nlohmann_json Threads::Threads)
if(NOT TARGET batpak_libdeflate)
  target_link_libraries(batpak PRIVATE batpak::libdeflate)
endif()
if(BATPAK_WITH_BLAKE3 AND NOT TARGET batpak_blake3)
  target_link_libraries(batpak PRIVATE BLAKE3::blake3)
endif()
batpak_library_properties(batpak batpak)

# batpak_add_component(<layer> [LINKS <libraries>]): batpak::<layer>, of a layer that is SEPARATE, with
# the headers in include/batpak/<layer>. In find_package() it is the component <layer>.
set(BATPAK_COMPONENTS "")
set(BATPAK_COMPONENT_HEADERS "")
function(batpak_add_component layer)
  cmake_parse_arguments(arg "" "" "LINKS" ${ARGN})
  set(target batpak_${layer}_library)
  set(headers "${all_headers}")
  list(FILTER headers INCLUDE REGEX "/batpak/${layer}/")
  add_library(${target} $<TARGET_OBJECTS:batpak_${layer}>)
  add_library(batpak::${layer} ALIAS ${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS
    BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers})
  target_link_libraries(${target} PUBLIC batpak PRIVATE ${arg_LINKS})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${layer})
  batpak_library_properties(${target} batpak_${layer})
  set(BATPAK_COMPONENTS ${BATPAK_COMPONENTS} ${layer} PARENT_SCOPE)
  set(BATPAK_COMPONENT_HEADERS ${BATPAK_COMPONENT_HEADERS} ${headers} PARENT_SCOPE)
endfunction()

batpak_add_component(testing)
if(BATPAK_WITH_LMDB)
  batpak_add_component(lmdb LINKS batpak::liblmdb)
endif()
if(BATPAK_WITH_SQLITE)
  batpak_add_component(sqlite LINKS SQLite::SQLite3)
endif()
if(BATPAK_WITH_PROOF)
  batpak_add_component(proof LINKS batpak::libsodium)
endif()
if(BATPAK_WITH_INSPECTOR)
  batpak_add_component(inspector LINKS batpak::cpphttplib)
endif()
