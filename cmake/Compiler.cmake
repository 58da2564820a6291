# What every room is compiled with: dualwrite_options carries standard, warnings and sanitizers.

if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines: temporaries inside a co_await expression are destroyed "
    "twice, silently (GCC bugs 95599, 100611 and their family; all of g++ 11 and 12). "
    "Use clang++-19, as the presets do: cmake --preset dev.")
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(DUALWRITE_CCACHE ccache)
if(DUALWRITE_CCACHE)
  # With precompiled headers ccache needs to be told that it may look at them by content.
  find_program(DUALWRITE_ENV env REQUIRED)
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${DUALWRITE_ENV} CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    ${DUALWRITE_CCACHE})
endif()

option(DUALWRITE_WERROR "Treat warnings as errors" OFF)
set(DUALWRITE_SANITIZE "" CACHE STRING "Comma separated sanitizers: address,undefined or thread")

add_library(dualwrite_options INTERFACE)
target_compile_options(dualwrite_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual)
if(DUALWRITE_WERROR)
  target_compile_options(dualwrite_options INTERFACE -Werror)
endif()
if(DUALWRITE_SANITIZE)
  target_compile_options(dualwrite_options INTERFACE
    -fsanitize=${DUALWRITE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(dualwrite_options INTERFACE -fsanitize=${DUALWRITE_SANITIZE})
endif()
# Asio and Beast: compiled once, in src/http, instead of in every file that includes them.
target_compile_definitions(dualwrite_options INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_DISABLE_BOOST_REGEX)

find_program(DUALWRITE_LINKER NAMES mold ld.lld-19 ld.lld)
if(DUALWRITE_LINKER MATCHES "mold")
  target_link_options(dualwrite_options INTERFACE -fuse-ld=mold)
elseif(DUALWRITE_LINKER)
  target_link_options(dualwrite_options INTERFACE --ld-path=${DUALWRITE_LINKER})
endif()
