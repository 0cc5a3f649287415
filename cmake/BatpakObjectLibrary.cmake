# Libraries of others whose sources are compiled into batpak: as object libraries, since an archive
# would have to be installed and found again. Each external symbol gets the prefix batpak_, so that a
# program may link such a library of its own, of another version.

# batpak_object_library(<name> <folder> SOURCES <files> NAMES <symbols> [DEFINITIONS <definitions>]):
# the object library batpak_<name>.
function(batpak_object_library name folder)
  cmake_parse_arguments(arg "" "" "SOURCES;NAMES;DEFINITIONS" ${ARGN})
  set(renames "")
  foreach(symbol IN LISTS arg_NAMES)
    string(APPEND renames "#define ${symbol} batpak_${symbol}\n#define _${symbol} _batpak_${symbol}\n")
  endforeach()
  set(prefix "${PROJECT_BINARY_DIR}/batpak_${name}_prefix.h")
  file(CONFIGURE OUTPUT "${prefix}" CONTENT "${renames}" @ONLY)
  list(TRANSFORM arg_SOURCES PREPEND "${folder}/")
  add_library(batpak_${name} OBJECT ${arg_SOURCES})
  target_include_directories(batpak_${name} SYSTEM PUBLIC "$<BUILD_INTERFACE:${folder}>")
  target_compile_definitions(batpak_${name} PRIVATE ${arg_DEFINITIONS})
  target_compile_options(batpak_${name} PUBLIC
    "$<$<COMPILE_LANGUAGE:C,CXX,ASM>:SHELL:-include \"${prefix}\">")
  set_target_properties(batpak_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden UNITY_BUILD OFF)
endfunction()

# Of libdeflate, the CRC.
function(batpak_build_libdeflate folder)
  set(sources lib/crc32.c)
  foreach(processor IN ITEMS x86 arm)
    if(EXISTS "${folder}/lib/${processor}/cpu_features.c")
      list(APPEND sources lib/${processor}/cpu_features.c)
    endif()
  endforeach()
  batpak_object_library(libdeflate "${folder}" SOURCES ${sources}
    NAMES libdeflate_crc32 libdeflate_init_x86_cpu_features libdeflate_x86_cpu_features
      libdeflate_init_arm_cpu_features libdeflate_arm_cpu_features)
  add_library(batpak::libdeflate ALIAS batpak_libdeflate)
endfunction()

# The caller has enabled the language ASM, which no function can do.
function(batpak_build_blake3 folder)
  set(sources blake3.c blake3_dispatch.c blake3_portable.c)
  set(definitions "")
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$" AND NOT MSVC AND NOT APPLE)
    foreach(set IN ITEMS sse2 sse41 avx2 avx512)
      list(APPEND sources blake3_${set}_x86-64_unix.S)
    endforeach()
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64|ARM64)$")
    list(APPEND sources blake3_neon.c)
    set(definitions BLAKE3_USE_NEON=1)
  else()
    set(definitions BLAKE3_NO_SSE2 BLAKE3_NO_SSE41 BLAKE3_NO_AVX2 BLAKE3_NO_AVX512)
  endif()
  set(names compress_in_place compress_xof compress_subtree_wide hash_many xof_many simd_degree
    version hasher_init hasher_init_keyed hasher_init_derive_key hasher_init_derive_key_raw
    hasher_update hasher_finalize hasher_finalize_seek hasher_reset)
  foreach(set IN ITEMS portable sse2 sse41 avx2 avx512 neon)
    list(APPEND names compress_in_place_${set} compress_xof_${set} hash_many_${set} xof_many_${set})
  endforeach()
  list(TRANSFORM names PREPEND blake3_)
  batpak_object_library(blake3 "${folder}" SOURCES ${sources} NAMES ${names}
    DEFINITIONS ${definitions})
endfunction()

# Lets a target call BLAKE3, whichever was found. Its inner functions are there only where its
# sources were compiled here.
function(batpak_use_blake3 target)
  if(TARGET batpak_blake3)
    target_include_directories(${target} SYSTEM PRIVATE
      $<TARGET_PROPERTY:batpak_blake3,INTERFACE_INCLUDE_DIRECTORIES>)
    target_compile_options(${target} PRIVATE
      $<TARGET_PROPERTY:batpak_blake3,INTERFACE_COMPILE_OPTIONS>)
    target_compile_definitions(${target} PRIVATE BATPAK_BLAKE3_FROM_SOURCES=1)
  else()
    target_link_libraries(${target} PRIVATE BLAKE3::blake3)
  endif()
endfunction()
