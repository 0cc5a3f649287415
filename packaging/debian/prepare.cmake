# Run by cpack on what it is about to pack: compresses manual pages and changelogs as Debian's policy
# asks, and gives all files the time SOURCE_DATE_EPOCH, if it is set, so that the same sources make the
# same package.
find_program(gzip gzip REQUIRED)
file(GLOB_RECURSE pages "${CPACK_TEMPORARY_DIRECTORY}/batpak.1"
  "${CPACK_TEMPORARY_DIRECTORY}/changelog.Debian")
foreach(page IN LISTS pages)
  execute_process(COMMAND "${gzip}" -9nf "${page}" COMMAND_ERROR_IS_FATAL ANY)
endforeach()
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(COMMAND find "${CPACK_TEMPORARY_DIRECTORY}" -exec
    touch -h -d "@$ENV{SOURCE_DATE_EPOCH}" {} + COMMAND_ERROR_IS_FATAL ANY)
endif()
