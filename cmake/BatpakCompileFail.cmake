# batpak_add_compile_fail(<file>)
#
# A test that the parts of <file> under `#ifdef GOOD` compile, and that each part under
# `#ifdef BAD_<name>  // expect: <regular expression>` does not: at the line marked `// ERROR HERE`,
# and in the expected words. tools/compile_fail.py says more. Both compilers judge, where both are
# installed.
find_program(BATPAK_OTHER_GCC NAMES g++ g++-12)
find_program(BATPAK_OTHER_CLANG NAMES clang++-19)
mark_as_advanced(BATPAK_OTHER_GCC BATPAK_OTHER_CLANG)

function(batpak_add_compile_fail file)
  get_filename_component(name "${file}" NAME_WE)
  set(compilers --compiler "${CMAKE_CXX_COMPILER}")
  foreach(other IN ITEMS "${BATPAK_OTHER_GCC}" "${BATPAK_OTHER_CLANG}")
    if(other)
      list(APPEND compilers --compiler "${other}")
    endif()
  endforeach()
  add_test(NAME compile_fail.${name}
    COMMAND Python3::Interpreter "${PROJECT_SOURCE_DIR}/tools/compile_fail.py" ${compilers}
      --include "${PROJECT_SOURCE_DIR}/include" --include "${PROJECT_BINARY_DIR}/include" "${file}")
  set_tests_properties(compile_fail.${name} PROPERTIES LABELS compile_fail TIMEOUT 300)
endfunction()
