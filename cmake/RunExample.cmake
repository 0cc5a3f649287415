# cmake -DPROGRAM=... -DARGUMENTS=... -DDIRECTORY=... -P RunExample.cmake: runs a program in a fresh
# directory, so that no run sees what an earlier one left.
file(REMOVE_RECURSE "${DIRECTORY}")
file(MAKE_DIRECTORY "${DIRECTORY}")
execute_process(COMMAND "${PROGRAM}" ${ARGUMENTS} WORKING_DIRECTORY "${DIRECTORY}"
  RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}")
endif()
file(REMOVE_RECURSE "${DIRECTORY}")
