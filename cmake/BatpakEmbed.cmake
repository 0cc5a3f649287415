# batpak_embed_page(<target> <folder>): the files of the folder as a source of the target, which has
# find_page_file() of src/inspector/page.hpp. They are read while CMake runs, and CMake runs again when
# one of them changes.
function(batpak_embed_page target folder)
  set(source "${PROJECT_BINARY_DIR}/inspector/page.cpp")
  set(arrays "")
  set(rows "")
  set(type_html "text/html; charset=utf-8")
  set(type_js "text/javascript; charset=utf-8")
  set(type_css "text/css; charset=utf-8")
  set(type_svg "image/svg+xml")
  file(GLOB files CONFIGURE_DEPENDS "${folder}/*.html" "${folder}/*.js" "${folder}/*.css" "${folder}/*.svg")
  if(NOT files)
    message(FATAL_ERROR "batpak: ${folder} holds no page")
  endif()
  list(SORT files)
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
    get_filename_component(name "${file}" NAME)
    get_filename_component(ending "${file}" LAST_EXT)
    string(SUBSTRING "${ending}" 1 -1 ending)
    string(MAKE_C_IDENTIFIER "k_${name}" array)
    file(READ "${file}" bytes HEX)
    file(SIZE "${file}" size)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
    string(APPEND arrays "constexpr unsigned char ${array}[] = {${bytes}};\n")
    string(APPEND rows "    {\"/${name}\", \"${type_${ending}}\",\n     {reinterpret_cast<const char*>(${array}), ${size}}},\n")
  endforeach()
  file(CONFIGURE OUTPUT "${source}" @ONLY CONTENT [[// Made by cmake/BatpakEmbed.cmake of the files of web/dist.
#include "inspector/page.hpp"

namespace batpak::inspector {
namespace {

@arrays@
const PageFile kFiles[] = {
@rows@};

}  // namespace

const PageFile* find_page_file(std::string_view path) noexcept {
    for (const PageFile& file : kFiles) {
        if (file.path == path) return &file;
    }
    return nullptr;
}

}  // namespace batpak::inspector
]])
  target_sources(${target} PRIVATE "${source}")
  set_source_files_properties("${source}" PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
