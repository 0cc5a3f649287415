# Warnings and sanitizers for batpak's own targets. PRIVATE always: a user's build must never break
# on a warning of ours.
option(BATPAK_WARNINGS_AS_ERRORS "Treat warnings as errors in batpak's own targets" OFF)
set(BATPAK_SANITIZE "" CACHE STRING "Sanitizers for batpak's own targets, such as address,undefined")
option(BATPAK_COVERAGE "Count the lines that batpak's own targets reach" OFF)

# What users compile their own programs with: examples and consumers pass it.
set(BATPAK_USER_WARNINGS -Wall -Wextra -Wpedantic -Wconversion -Wshadow)
function(batpak_user_flags target)
  # The last one counts: batpak's own sources may leave members out, and do without warnings of GCC that
  # are false; a user should need no such flag.
  target_compile_options(${target} PRIVATE ${BATPAK_USER_WARNINGS} -Wmissing-field-initializers
    $<$<CXX_COMPILER_ID:Clang>:-Wmissing-designated-field-initializers>
    $<$<CXX_COMPILER_ID:GNU>:-Wrestrict> $<$<CXX_COMPILER_ID:GNU>:-Wmaybe-uninitialized>)
endfunction()

# For what is compiled often and runs little.
function(batpak_not_optimised target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Debug>:-O0>)
endfunction()

function(batpak_private_flags target)
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
      -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wunused -Wnull-dereference
      -Wdouble-promotion -Wimplicit-fallthrough -Wunused-result>)
  if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wthread-safety
      -Wno-undefined-var-template -Wno-missing-designated-field-initializers>)
  else()
    # GCC 12 sees null dereferences and maybe-uninitialized values inside std::optional and
    # tl::expected, and overlaps inside std::string, that are not there (GCC bugs 105562, 108000, 105651).
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-null-dereference
      -Wno-maybe-uninitialized -Wno-restrict -Wno-missing-field-initializers>)
  endif()
  if(BATPAK_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
  endif()
  if(BATPAK_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${BATPAK_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${target} PUBLIC -fsanitize=${BATPAK_SANITIZE})
  endif()
  if(BATPAK_BUILD_FUZZERS)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(BATPAK_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic)
    target_link_options(${target} PUBLIC --coverage)
  endif()
endfunction()
