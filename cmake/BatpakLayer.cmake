# batpak_add_layer(<name> [USES <lower layers>] [LINKS <libraries>] [SEPARATE])
#
# One layer of batpak: the headers in include/batpak/<name> and the sources in src/<name> and its
# rooms, compiled as an object library that sees only the layers it names. The order of layers is the
# architecture (docs/ARCHITECTURE.md); tools/tidy/layers.py checks the includes as well.
#
# A layer becomes part of the library batpak::batpak, unless it is SEPARATE (as testing is, which
# cmake/BatpakLibrary.cmake makes a library of its own).
define_property(GLOBAL PROPERTY BATPAK_LAYERS BRIEF_DOCS "The layers of batpak::batpak")
set_property(GLOBAL PROPERTY BATPAK_LAYERS "")

function(batpak_in_few_units target)
  if(BATPAK_FEW_UNITS)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  endif()
endfunction()

# batpak_in_units_by_room(<target> <sources>): in few units, each of one folder, so that a new source moves
# none of another. A folder of few sources shares a unit with others like it.
function(batpak_in_units_by_room target)
  if(NOT BATPAK_FEW_UNITS)
    return()
  endif()
  set(sources_max 10)  # with more, a changed source waits longer than a build from nothing saves
  set(alone_min 4)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  set(rooms shared)
  foreach(source IN LISTS ARGN)
    get_filename_component(folder "${source}" DIRECTORY)
    file(RELATIVE_PATH folder "${PROJECT_SOURCE_DIR}" "${folder}")
    string(MAKE_C_IDENTIFIER "${folder}" room)
    list(APPEND rooms ${room})
    list(APPEND of_${room} "${source}")
  endforeach()
  list(REMOVE_DUPLICATES rooms)
  foreach(room IN LISTS rooms)
    list(LENGTH of_${room} count)
    if(count LESS alone_min)
      list(APPEND of_shared ${of_${room}})
      set(of_${room} "")
    endif()
  endforeach()
  foreach(room IN LISTS rooms)
    list(LENGTH of_${room} count)
    if(count GREATER 0)
      math(EXPR units "(${count} + ${sources_max} - 1) / ${sources_max}")
      math(EXPR each "(${count} + ${units} - 1) / ${units}")
      set(position 0)
      foreach(source IN LISTS of_${room})
        math(EXPR unit "${position} / ${each}")
        set_property(SOURCE "${source}" PROPERTY UNITY_GROUP "${room}_${unit}")
        math(EXPR position "${position} + 1")
      endforeach()
    endif()
  endforeach()
endfunction()

function(batpak_add_layer name)
  cmake_parse_arguments(arg "SEPARATE" "" "USES;LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/src/${name}/*.cpp")
  set(target batpak_${name})
  add_library(${target} OBJECT ${sources})
  target_include_directories(${target} PUBLIC
    "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
  foreach(lower IN LISTS arg_USES)
    target_link_libraries(${target} PUBLIC batpak_${lower})
  endforeach()
  target_link_libraries(${target} PUBLIC tl::expected nlohmann_json::nlohmann_json Threads::Threads
    ${arg_LINKS})
  # Also where a user's project turns them off for all it compiles: what its handlers throw is
  # caught here, and its own classes may derive from batpak's.
  if(CMAKE_CXX_FLAGS MATCHES "-fno-(exceptions|rtti)")
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-fexceptions -frtti>)
  endif()
  batpak_private_flags(${target})
  batpak_in_few_units(${target})
  if(NOT arg_SEPARATE)
    set_property(GLOBAL APPEND PROPERTY BATPAK_LAYERS ${name})
  endif()
endfunction()
