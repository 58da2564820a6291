# Run by plant(): writes to OUT the file IN with the text in the file FIND replaced by the one in the file PLANT. A text
# that is not there exactly once fails the build: the source has changed, and the bug must be planted anew.
file(READ ${IN} source)
file(READ ${FIND} find)
file(READ ${PLANT} plant)
string(REGEX REPLACE "\n$" "" find "${find}")
string(REGEX REPLACE "\n$" "" plant "${plant}")

set(again "Plant it anew in tests/planted/bugs.cmake, so that the program is wrong in the same way as before.")
string(FIND "${source}" "${find}" first)
string(FIND "${source}" "${find}" last REVERSE)
if(first EQUAL -1)
  message(FATAL_ERROR "The planted bug ${BUG} has no place any more: ${FILE} does not contain\n\n${find}\n\n${again}")
elseif(NOT first EQUAL last)
  message(FATAL_ERROR "The planted bug ${BUG} has several places: ${FILE} contains more than once\n\n${find}\n\n${again}")
endif()
string(REPLACE "${find}" "${plant}" source "${source}")
file(WRITE ${OUT} "#line 1 \"${FILE}\"\n${source}")
