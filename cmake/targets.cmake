# What most files include, parsed once. Standard library and Asio's coroutines only: our own headers change.
if(WH_PRECOMPILE)
  file(WRITE ${CMAKE_BINARY_DIR}/generated/precompiled.cpp "")
  add_library(wh_precompiled OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled.cpp)
  target_link_libraries(wh_precompiled PUBLIC wh_flags)
  target_precompile_headers(wh_precompiled PRIVATE
    <algorithm> <array> <atomic> <charconv> <chrono> <cstdint> <cstring> <deque> <expected> <filesystem> <fstream>
    <functional> <map> <memory> <mutex> <optional> <set> <span> <sstream> <string> <string_view> <thread> <utility> <variant>
    <vector> <boost/asio/any_io_executor.hpp> <boost/asio/as_tuple.hpp> <boost/asio/awaitable.hpp>
    <boost/asio/steady_timer.hpp> <boost/asio/this_coro.hpp> <boost/asio/use_awaitable.hpp>)
endif()
function(wh_precompile name)
  if(WH_PRECOMPILE)
    target_precompile_headers(${name} REUSE_FROM wh_precompiled)
  endif()
endfunction()

# In `release`, sources of a library are compiled six at a time (docs/adr/0013), but for those that cannot share a unit.
if(WH_PRECOMPILE)
  include(${CMAKE_CURRENT_LIST_DIR}/apart.cmake)
endif()
function(wh_unite name)
  if(NOT WH_PRECOMPILE)
    return()
  endif()
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  foreach(source ${ARGN})
    file(RELATIVE_PATH path ${CMAKE_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR}/${source})
    if(path IN_LIST WH_APART)
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
endfunction()

# wh_library(NAME SOURCES … DEPS …): one folder, one library. DEPS are the only arrows the folder may have; the layer
# test (tests/lint) checks the #include lines against the same order.
function(wh_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC wh_flags ${ARG_DEPS})
  wh_precompile(${name})
  wh_unite(${name} ${ARG_SOURCES})
endfunction()

function(wh_executable name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wh_flags ${ARG_DEPS})
  wh_precompile(${name})
endfunction()

# wh_test(NAME SOURCES … DEPS … [LABELS …] [PRIVATE_DATABASE] [BY_SUITE]): one GoogleTest binary, its cases found when ctest
# runs. PRIVATE_DATABASE: the test needs nothing of the host but a PostgreSQL of its own, so it may run beside others.
# BY_SUITE: one process a suite, not a case: for tests whose process starts a PostgreSQL.
function(wh_test name)
  cmake_parse_arguments(ARG "PRIVATE_DATABASE;BY_SUITE" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE wh_flags GTest::gtest GTest::gmock GTest::gtest_main ${ARG_DEPS})
  set(properties LABELS "${ARG_LABELS}" TIMEOUT 300)
  if("integration" IN_LIST ARG_LABELS AND NOT ARG_PRIVATE_DATABASE)
    # They use the host's networks, rules, control groups and Podman: one at a time.
    list(APPEND properties RESOURCE_LOCK host)
  endif()
  if(ARG_BY_SUITE)
    wh_add_suites(${name} ${ARG_SOURCES})
  else()
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES ${properties})
  endif()
endfunction()

function(wh_add_suites name)
  set(suites "")
  foreach(source ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(STRINGS ${source} lines REGEX "^TEST(_F|_P)?\\([A-Za-z0-9_]+,")
    foreach(line ${lines})
      string(REGEX REPLACE "^TEST[_FP]*\\(([A-Za-z0-9_]+),.*" "\\1" suite "${line}")
      list(APPEND suites ${suite})
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES suites)
  foreach(suite ${suites})
    add_test(NAME ${name}.${suite} COMMAND ${name} --gtest_filter=${suite}.*:*/${suite}.*)
    set_tests_properties(${name}.${suite} PROPERTIES ${properties} TIMEOUT 600)
  endforeach()
endfunction()
