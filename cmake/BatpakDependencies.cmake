# The libraries that batpak is made with. One that is not found is downloaded if BATPAK_FETCH_DEPS is
# on, at the version and with the hash that stand here; if it is off, the build ends and says what to do.
#
#     tl::expected, nlohmann_json   headers, which users of batpak compile as well
#     libdeflate, BLAKE3            compiled into batpak: an installed batpak has none of them to find
#
# BATPAK_DEPS_FROM is for a machine without a network: a folder (or a URL) that holds the archives,
# named <name>-<version>.tar.gz. FETCHCONTENT_SOURCE_DIR_BATPAK_<NAME> is one unpacked. Both are the
# caller's word; an archive must have the hash all the same.
option(BATPAK_FETCH_DEPS "Download the libraries that are not found" OFF)
set(BATPAK_DEPS_FROM "" CACHE STRING "Where to get the archives of BATPAK_FETCH_DEPS instead")
mark_as_advanced(BATPAK_DEPS_FROM)
include(FetchContent)
include(GNUInstallDirs)
include(BatpakObjectLibrary)

# A tarball of a tag as GitHub makes it: version, repository, tag, SHA-256.
set(BATPAK_PIN_expected 1.1.0 TartanLlama/expected v1.1.0
  1db357f46dd2b24447156aaf970c4c40a793ef12a8a9c2ad9e096d9801368df6)
set(BATPAK_PIN_json 3.11.3 nlohmann/json v3.11.3
  0d8ef5af7f9794e3263480193c491549b2ba6cc74bb018906202ada498a79406)
set(BATPAK_PIN_libdeflate 1.23 ebiggers/libdeflate v1.23
  1ab18349b9fb0ce8a0ca4116bded725be7dcbfa709e19f6f983d99df1fb8b25f)
set(BATPAK_PIN_blake3 1.8.5 BLAKE3-team/BLAKE3 1.8.5
  220bd81286e2a0585beac66d41ac3f4c2c33ae8a4e339fc88cf22d5e00514fe9)

# batpak_fetch(<name> <Debian package> <variable>): the unpacked sources of BATPAK_PIN_<name>.
function(batpak_fetch name package variable)
  list(GET BATPAK_PIN_${name} 0 version)
  list(GET BATPAK_PIN_${name} 1 repository)
  list(GET BATPAK_PIN_${name} 2 tag)
  list(GET BATPAK_PIN_${name} 3 hash)
  if(NOT BATPAK_FETCH_DEPS)
    set(or "")
    if(name STREQUAL "blake3")
      set(or " Or do without hashes: -DBATPAK_WITH_BLAKE3=OFF.")
    endif()
    message(FATAL_ERROR "batpak needs ${name}, which was not found. Install it (on Debian ./dev setup "
      "does, or: apt-get install ${package}), or configure with -DBATPAK_FETCH_DEPS=ON, which downloads "
      "${name} ${version}.${or}")
  endif()
  set(url "https://github.com/${repository}/archive/refs/tags/${tag}.tar.gz")
  if(BATPAK_DEPS_FROM)
    set(url "${BATPAK_DEPS_FROM}/${name}-${version}.tar.gz")
  endif()
  message(STATUS "batpak: ${name} ${version} from ${url}")
  # SOURCE_SUBDIR names no folder on purpose: what is compiled of it, and how, stands here, and no
  # rules for tests, packages and installs come along.
  FetchContent_Declare(batpak_${name} URL "${url}" URL_HASH "SHA256=${hash}" SOURCE_SUBDIR none
    DOWNLOAD_EXTRACT_TIMESTAMP ON)
  FetchContent_MakeAvailable(batpak_${name})
  set(${variable} "${batpak_${name}_SOURCE_DIR}" PARENT_SCOPE)
endfunction()

# Where the headers of fetched libraries are installed: apart, so that they hide nobody's own.
set(BATPAK_FETCHED_HEADERS "")
set(BATPAK_FETCHED_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}/batpak-deps")

# batpak_fetched_headers(<name> <alias> <folder of headers>): the library of headers <alias>. It is
# installed with batpak, whose users compile it.
macro(batpak_fetched_headers name alias folder)
  add_library(batpak_${name} INTERFACE)
  add_library(${alias} ALIAS batpak_${name})
  set_target_properties(batpak_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(batpak_${name} SYSTEM INTERFACE
    "$<BUILD_INTERFACE:${folder}>" "$<INSTALL_INTERFACE:${BATPAK_FETCHED_INCLUDEDIR}>")
  list(APPEND BATPAK_FETCHED_HEADERS ${name})
  set(BATPAK_FETCHED_FOLDER_${name} "${folder}")
endmacro()

# What the package of an installed batpak must find again: lines for its config file, names for find
# modules, and modules for pkg-config. A library from a target of the user's project is the user's.
set(BATPAK_PUBLIC_PACKAGES "")
set(BATPAK_PRIVATE_PACKAGES "")
set(BATPAK_PRIVATE_PKG_CONFIG "")

if(NOT TARGET tl::expected)
  find_package(tl-expected CONFIG QUIET)
endif()
if(NOT TARGET tl::expected)
  batpak_fetch(expected libexpected-dev source)
  batpak_fetched_headers(expected tl::expected "${source}/include")
else()
  string(APPEND BATPAK_PUBLIC_PACKAGES "find_dependency(tl-expected CONFIG)\n")
endif()

if(NOT TARGET nlohmann_json::nlohmann_json)
  find_package(nlohmann_json 3.10 CONFIG QUIET)
endif()
if(NOT TARGET nlohmann_json::nlohmann_json)
  batpak_fetch(json nlohmann-json3-dev source)
  batpak_fetched_headers(json nlohmann_json::nlohmann_json "${source}/include")
else()
  string(APPEND BATPAK_PUBLIC_PACKAGES "find_dependency(nlohmann_json 3.10 CONFIG)\n")
endif()

find_package(Libdeflate QUIET)
if(NOT TARGET batpak::libdeflate)
  batpak_fetch(libdeflate libdeflate-dev source)
  batpak_build_libdeflate("${source}")
else()
  list(APPEND BATPAK_PRIVATE_PACKAGES Libdeflate)
  list(APPEND BATPAK_PRIVATE_PKG_CONFIG libdeflate)
endif()

if(BATPAK_WITH_BLAKE3)
  find_package(BLAKE3 1.3 QUIET)
  if(TARGET BLAKE3::blake3)
    list(APPEND BATPAK_PRIVATE_PACKAGES BLAKE3)
    list(APPEND BATPAK_PRIVATE_PKG_CONFIG libblake3)
  else()
    # Debian has the C sources in the package of the Rust crate.
    if(NOT CMAKE_DISABLE_FIND_PACKAGE_BLAKE3)
      file(GLOB crates LIST_DIRECTORIES true "/usr/share/cargo/registry/blake3-[0-9]*")
      list(SORT crates COMPARE NATURAL ORDER DESCENDING)
      find_path(BLAKE3_SOURCE_DIR blake3_impl.h HINTS ${crates} PATH_SUFFIXES c NO_DEFAULT_PATH)
      mark_as_advanced(BLAKE3_SOURCE_DIR)
    endif()
    set(source "${BLAKE3_SOURCE_DIR}")
    if(NOT source)
      batpak_fetch(blake3 librust-blake3-dev source)
      string(APPEND source "/c")
    endif()
    enable_language(ASM)
    batpak_build_blake3("${source}")
  endif()
endif()
