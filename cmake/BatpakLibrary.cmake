# batpak::batpak, the library that users link: all layers in one archive or shared object; and
# batpak::testing, the simulated environment for users' own tests.
set(layer_objects "")
foreach(layer base coordinate event store)
  list(APPEND layer_objects $<TARGET_OBJECTS:batpak_${layer}>)
endforeach()
if(TARGET batpak_blake3)
  list(APPEND layer_objects $<TARGET_OBJECTS:batpak_blake3>)
endif()

add_library(batpak ${layer_objects})
add_library(batpak::batpak ALIAS batpak)
target_include_directories(batpak PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:include>)
target_compile_features(batpak PUBLIC cxx_std_20)
target_link_libraries(batpak PUBLIC tl::expected nlohmann_json::nlohmann_json Threads::Threads
  PRIVATE batpak::libdeflate)
set_target_properties(batpak PROPERTIES LINKER_LANGUAGE CXX)
if(BATPAK_SANITIZE)
  target_link_options(batpak PUBLIC -fsanitize=${BATPAK_SANITIZE})
endif()

add_library(batpak_testing_kit $<TARGET_OBJECTS:batpak_testing>)
add_library(batpak::testing ALIAS batpak_testing_kit)
target_link_libraries(batpak_testing_kit PUBLIC batpak)
set_target_properties(batpak_testing_kit PROPERTIES LINKER_LANGUAGE CXX)
