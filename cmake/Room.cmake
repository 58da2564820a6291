# dualwrite_room(NAME http SOURCES a.cpp b.cpp DEPS base async [LIBS OpenSSL::SSL])
# makes the library dualwrite_http (alias dualwrite::http) from src/http, with the public headers in
# include/dualwrite/http. DEPS are rooms, LIBS are outside libraries.
function(dualwrite_room)
  cmake_parse_arguments(ROOM "" "NAME" "SOURCES;DEPS;LIBS" ${ARGN})
  add_library(dualwrite_${ROOM_NAME} STATIC ${ROOM_SOURCES})
  add_library(dualwrite::${ROOM_NAME} ALIAS dualwrite_${ROOM_NAME})
  target_include_directories(dualwrite_${ROOM_NAME} PUBLIC ${CMAKE_SOURCE_DIR}/include
                                                    PRIVATE ${CMAKE_SOURCE_DIR}/src)
  target_link_libraries(dualwrite_${ROOM_NAME} PUBLIC dualwrite_options ${ROOM_LIBS})
  foreach(dep IN LISTS ROOM_DEPS)
    target_link_libraries(dualwrite_${ROOM_NAME} PUBLIC dualwrite::${dep})
  endforeach()
  list(LENGTH ROOM_SOURCES count)
  if(count GREATER_EQUAL 5)
    set(headers <algorithm> <chrono> <functional> <map> <memory> <optional> <string> <string_view> <vector>)
    if("async" IN_LIST ROOM_DEPS)
      list(APPEND headers <boost/asio/any_io_executor.hpp> <boost/asio/awaitable.hpp>)
    endif()
    if("spdlog::spdlog" IN_LIST ROOM_LIBS)
      list(APPEND headers <spdlog/logger.h>)
    endif()
    dualwrite_precompile(dualwrite_${ROOM_NAME} ${headers})
  endif()
endfunction()

# dualwrite_precompile(TARGET header...): the headers that most files of the target read, read once. Clang instantiates the
# templates in them once, too: a test that speaks JSON compiles in half the time.
function(dualwrite_precompile target)
  target_precompile_headers(${target} PRIVATE ${ARGN})
  target_compile_options(${target} PRIVATE "SHELL:-Xclang -fno-pch-timestamp")  # for ccache: the same bytes every time
endfunction()

# dualwrite_test(NAME plan SOURCES a_test.cpp DEPS plan [LIBS ...] [OPTIMISED]): one GoogleTest program, found by ctest
# case by case. Its cases bear its name as their label: ctest -L plan. OPTIMISED is for programs whose own code computes.
function(dualwrite_test)
  cmake_parse_arguments(TEST "OPTIMISED" "NAME" "SOURCES;DEPS;LIBS" ${ARGN})
  add_executable(${TEST_NAME}_test ${TEST_SOURCES})
  target_include_directories(${TEST_NAME}_test PRIVATE ${CMAKE_SOURCE_DIR}/src ${CMAKE_SOURCE_DIR}/tests)
  target_compile_definitions(${TEST_NAME}_test PRIVATE DUALWRITE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  # Optimising the tests' own code would take half of a cold build's time; the rooms they link are what is tested.
  if(TEST_OPTIMISED)
    target_compile_options(${TEST_NAME}_test PRIVATE -O2 -g1)
  else()
    target_compile_options(${TEST_NAME}_test PRIVATE -O0 -g1)
  endif()
  list(LENGTH TEST_SOURCES count)
  if(count GREATER_EQUAL 3 AND "nlohmann_json::nlohmann_json" IN_LIST TEST_LIBS)
    dualwrite_precompile(${TEST_NAME}_test <gtest/gtest.h> <nlohmann/json.hpp> <functional> <map> <optional> <string> <vector>)
  elseif(count GREATER_EQUAL 3)
    dualwrite_precompile(${TEST_NAME}_test <gtest/gtest.h> <functional> <map> <optional> <string> <vector>)
  endif()
  target_link_libraries(${TEST_NAME}_test PRIVATE dualwrite_options ${TEST_LIBS} GTest::gtest_main GTest::gmock)
  foreach(dep IN LISTS TEST_DEPS)
    target_link_libraries(${TEST_NAME}_test PRIVATE dualwrite::${dep})
  endforeach()
  gtest_discover_tests(${TEST_NAME}_test PROPERTIES TIMEOUT 300 LABELS ${TEST_NAME} DISCOVERY_MODE PRE_TEST)
endfunction()

# dualwrite_embed(TARGET sandbox FILE schema/x.json SYMBOL finops_schema): the file's bytes as a std::string_view
# dualwrite::embedded::SYMBOL, declared in the generated header embedded/SYMBOL.hpp.
function(dualwrite_embed)
  cmake_parse_arguments(EMBED "" "TARGET;FILE;SYMBOL" "" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  add_custom_command(
    OUTPUT ${out}/${EMBED_SYMBOL}.cpp ${out}/${EMBED_SYMBOL}.hpp
    COMMAND ${CMAKE_COMMAND} -DIN=${CMAKE_CURRENT_SOURCE_DIR}/${EMBED_FILE} -DSYMBOL=${EMBED_SYMBOL} -DOUT=${out}
            -P ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${EMBED_FILE} ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake VERBATIM)
  target_sources(${EMBED_TARGET} PRIVATE ${out}/${EMBED_SYMBOL}.cpp ${out}/${EMBED_SYMBOL}.hpp)
  target_include_directories(${EMBED_TARGET} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
endfunction()
