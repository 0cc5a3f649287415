# batpak::batpak, the library that users link: all layers in one archive or shared object; and
# batpak::testing, the simulated environment for users' own tests.
configure_file(cmake/version.hpp.in include/batpak/version.hpp @ONLY)

# Public headers belong to the library as file sets, which carries them to the install tree.
file(GLOB_RECURSE BATPAK_HEADERS CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/batpak/*.hpp")
set(BATPAK_TESTING_HEADERS "${BATPAK_HEADERS}")
list(FILTER BATPAK_HEADERS EXCLUDE REGEX "/batpak/testing/")
list(FILTER BATPAK_TESTING_HEADERS INCLUDE REGEX "/batpak/testing/")
list(APPEND BATPAK_HEADERS "${PROJECT_BINARY_DIR}/include/batpak/version.hpp")

# The objects of a layer go in once, and those of a BLAKE3 that was built here with them: an
# installed batpak then has no such library to find.
set(layer_objects "")
get_property(layers GLOBAL PROPERTY BATPAK_LAYERS)
foreach(layer IN LISTS layers)
  list(APPEND layer_objects $<TARGET_OBJECTS:batpak_${layer}>)
endforeach()
if(TARGET batpak_blake3)
  list(APPEND layer_objects $<TARGET_OBJECTS:batpak_blake3>)
endif()

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
target_link_libraries(batpak PUBLIC tl::expected nlohmann_json::nlohmann_json Threads::Threads
  PRIVATE batpak::libdeflate)
# What the config file must find again, because a static archive does not hold it.
set(BATPAK_PRIVATE_PACKAGES Libdeflate)
set(BATPAK_PRIVATE_PKG_CONFIG libdeflate)
if(BATPAK_WITH_BLAKE3 AND NOT TARGET batpak_blake3)
  target_link_libraries(batpak PRIVATE BLAKE3::blake3)
  list(APPEND BATPAK_PRIVATE_PACKAGES BLAKE3)
  list(APPEND BATPAK_PRIVATE_PKG_CONFIG libblake3)
endif()
batpak_library_properties(batpak batpak)

add_library(batpak_testing_kit $<TARGET_OBJECTS:batpak_testing>)
add_library(batpak::testing ALIAS batpak_testing_kit)
target_sources(batpak_testing_kit PUBLIC FILE_SET HEADERS
  BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${BATPAK_TESTING_HEADERS})
target_link_libraries(batpak_testing_kit PUBLIC batpak)
set_target_properties(batpak_testing_kit PROPERTIES EXPORT_NAME testing)
batpak_library_properties(batpak_testing_kit batpak_testing)
