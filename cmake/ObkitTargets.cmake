# The only place that makes targets.
#
#   obkit_add_library(NAME SOURCES … HEADERS … [PUBLIC targets…] [PRIVATE targets…])
#   obkit_use_highway(LIBRARY)
#   obkit_embed_texts(LIBRARY HEADER … NAMESPACE … TEXTS NAME=FILE[+FILE…] …)
#   obkit_beast_sources(TARGET SOURCE…)
#   obkit_add_tool(NAME SOURCES … LIBRARIES …)
#   obkit_add_tool_library(NAME SOURCES … HEADERS … [PUBLIC …] [PRIVATE …])
#   obkit_add_test(LIBRARY SOURCES … [LIBRARIES …])
#   obkit_add_test_library(NAME SOURCES … HEADERS … [PUBLIC …] [PRIVATE …])
#   obkit_add_test_program(NAME SOURCES … LIBRARIES …)
#   obkit_add_fuzz_target(NAME MAX_LENGTH bytes [VENUE name] LIBRARIES …)

add_library(obkit_options INTERFACE)
target_compile_features(obkit_options INTERFACE cxx_std_20)
target_compile_options(obkit_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual
  -Wformat=2 -Wundef
  # Sources that are compiled together see each other's private names, and their headers are no headers.
  "$<IF:$<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>,$<$<CXX_COMPILER_ID:GNU>:-Wshadow=local;-Wno-subobject-linkage>,-Wshadow>"
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op>
  # g++ 12 takes "text" + std::string for a copy onto itself when it optimises (its bug 105651).
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>,$<CONFIG:Release>>:-Wno-restrict>
  $<$<BOOL:${OBKIT_WARNINGS_AS_ERRORS}>:-Werror>)
# The same in all: with and without it, precompiled headers differ.
target_link_libraries(obkit_options INTERFACE Threads::Threads)
target_compile_definitions(obkit_options INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)
if(OBKIT_SANITIZE)
  # Each test is a process, and a tool's test starts many: what sanitizers add to a start counts.
  # - Undefined behaviour traps, where g++ would have a global of 128 bytes for each of half a
  #   million checks; address sanitizer guards them at each start, which took half of its time. The
  #   trace of a trap is address sanitizer's (handle_sigill). The fuzz targets have the texts, and
  #   the check of virtual tables, which no trap has.
  # - Thousands of addresses would be moved in a program that is independent of its position.
  set(quick_start $<$<CXX_COMPILER_ID:GNU>:-fsanitize-undefined-trap-on-error>)
  # What sanitizers add makes g++ take for uninitialized what is not. The preset `release` tells.
  target_compile_options(obkit_options INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer ${quick_start}
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(obkit_options INTERFACE -fsanitize=address,undefined ${quick_start}
                      $<$<CXX_COMPILER_ID:GNU>:-no-pie>)
endif()

if(OBKIT_FUZZ)
  target_compile_options(obkit_options INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(obkit_options INTERFACE -fsanitize=address,undefined)
endif()

function(_obkit_common target)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF CXX_STANDARD_REQUIRED ON)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:obkit_options>)
endfunction()

# Precompiled headers, one set for all targets of a kind: what they would parse again and again is
# half of a build. A source must still include what it uses: the preset `release` goes without.
#
# Under sanitizers, libraries are optimised. In tools and tests that would be two fifths of their
# compilation, for what runs once: they take what the preset says, as all headers do that are
# compiled alone.
function(_obkit_optimise target kind)
  if(OBKIT_SANITIZE AND kind STREQUAL library)
    target_compile_options(${target} PRIVATE -O1)
  endif()
endfunction()

function(_obkit_precompiled kind)
  cmake_parse_arguments(arg "" "" "HEADERS;LIBRARIES" ${ARGN})
  set(source ${CMAKE_BINARY_DIR}/precompiled_${kind}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Of precompiled headers.\n")
  add_library(obkit_precompiled_${kind} OBJECT EXCLUDE_FROM_ALL ${source})
  _obkit_common(obkit_precompiled_${kind})
  _obkit_optimise(obkit_precompiled_${kind} ${kind})
  target_link_libraries(obkit_precompiled_${kind} PRIVATE ${arg_LIBRARIES})
  target_precompile_headers(obkit_precompiled_${kind} PRIVATE ${arg_HEADERS})
endfunction()

# Of which kind a target is, by the libraries that it names.
function(_obkit_precompile target)
  set(kind library)
  if("GTest::gtest" IN_LIST ARGN)
    set(kind test)
  elseif("spdlog::spdlog" IN_LIST ARGN)
    set(kind tool)
  endif()
  _obkit_optimise(${target} ${kind})
  if(NOT OBKIT_PRECOMPILE)
    return()
  endif()
  target_precompile_headers(${target} REUSE_FROM obkit_precompiled_${kind})
  # Out of precompiled headers g++ 12 does not know std::string for the system's, and warns of bounds
  # in it where a test joins literals (its bugs 105329, 105762). Libraries keep the warnings.
  get_target_property(type ${target} TYPE)
  if(type STREQUAL EXECUTABLE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    target_compile_options(${target} PRIVATE -Wno-array-bounds -Wno-stringop-overflow)
  endif()
endfunction()

if(OBKIT_PRECOMPILE)
  set(standard <algorithm> <array> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional>
               <span> <string> <string_view> <unordered_map> <utility> <vector>)
  _obkit_precompiled(library HEADERS ${standard})
  _obkit_precompiled(tool HEADERS ${standard} <fmt/format.h> <spdlog/spdlog.h>
                     LIBRARIES fmt::fmt spdlog::spdlog)
  if(BUILD_TESTING)
    _obkit_precompiled(test HEADERS ${standard} <gtest/gtest.h> <gmock/gmock.h> LIBRARIES GTest::gmock)
  endif()
endif()

# A target's sources that instantiate Beast. Sanitizers make each one a minute's work: there they are
# compiled as one, and not optimised, which no test waits for. Clang 14 cannot instrument Beast's
# coroutines at all, and no fuzz target runs them.
function(obkit_beast_sources target)
  if(OBKIT_SANITIZE)
    set(options -O0)
  elseif(OBKIT_FUZZ)
    set(options -fno-sanitize=all)
  else()
    return()
  endif()
  set(together ${CMAKE_CURRENT_BINARY_DIR}/${target}_beast.cpp)
  set(includes)
  foreach(source IN LISTS ARGN)
    string(APPEND includes "#include \"${CMAKE_CURRENT_SOURCE_DIR}/${source}\"\n")
  endforeach()
  file(CONFIGURE OUTPUT ${together} CONTENT "${includes}")
  set_source_files_properties(${ARGN} PROPERTIES HEADER_FILE_ONLY ON)
  set_source_files_properties(${together} PROPERTIES COMPILE_OPTIONS ${options}
                              SKIP_PRECOMPILE_HEADERS ON)
  target_sources(${target} PRIVATE ${together})
endfunction()

# Several sources at a time: what they all include and instantiate is most of their compilation.
# Kernels include themselves, once for each instruction set, and stay alone; so do the simulated
# exchange's venues, which have the same private names.
function(_obkit_compile_together target)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${OBKIT_PRECOMPILE} UNITY_BUILD_BATCH_SIZE 6)
  get_target_property(sources ${target} SOURCES)
  list(FILTER sources INCLUDE REGEX "(^|/)(kernels|venues)/")
  set_source_files_properties(${sources} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

function(_obkit_library target alias)
  cmake_parse_arguments(arg "" "BASE" "SOURCES;HEADERS;PUBLIC;PRIVATE" ${ARGN})
  if(NOT arg_BASE)
    set(arg_BASE include)
  endif()
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(${alias} ALIAS ${target})
  _obkit_common(${target})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS ${arg_BASE} FILES ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} PRIVATE src)
  target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  _obkit_precompile(${target} ${arg_PUBLIC} ${arg_PRIVATE})
  _obkit_compile_together(${target})
endfunction()

function(obkit_add_library name)
  _obkit_library(obkit_${name} obkit::${name} ${ARGN})
  set_target_properties(obkit_${name} PROPERTIES EXPORT_NAME ${name} VERIFY_INTERFACE_HEADER_SETS ON)
  install(TARGETS obkit_${name} EXPORT obkitTargets
          ARCHIVE COMPONENT dev FILE_SET HEADERS COMPONENT dev)
endfunction()

# Highway's headers, for kernels (obkit/core/instruction_set.hpp), without its library, which measures a clock when it is loaded: that takes longer
# than all else that a tool does to start. Highway's own checks, on by default under sanitizers, would need it. Targets above AVX3, which newer
# Highways compile, are not used.
function(obkit_use_highway library)
  target_include_directories(obkit_${library} SYSTEM PRIVATE $<TARGET_PROPERTY:hwy::hwy,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_definitions(obkit_${library} PRIVATE HWY_IS_DEBUG_BUILD=0 "HWY_DISABLED_TARGETS=(HWY_AVX3-1)")
endfunction()

# Puts the texts of files into a library: HEADER, a private one, declares `extern const std::string_view NAME` in NAMESPACE.
function(obkit_embed_texts library)
  cmake_parse_arguments(arg "" "HEADER;NAMESPACE" "TEXTS" ${ARGN})
  set(script ${PROJECT_SOURCE_DIR}/cmake/EmbedTexts.cmake)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${library}_texts.cpp)
  foreach(text IN LISTS arg_TEXTS)
    string(REGEX MATCH "^([^=]+)=(.+)$" _ "${text}")
    list(APPEND names ${CMAKE_MATCH_1})
    string(REPLACE "+" ";" parts "${CMAKE_MATCH_2}")
    set(paths)
    foreach(part IN LISTS parts)
      cmake_path(ABSOLUTE_PATH part OUTPUT_VARIABLE path)
      list(APPEND paths ${path})
    endforeach()
    list(APPEND inputs ${paths})
    list(JOIN paths "+" paths)
    list(APPEND files ${paths})
  endforeach()
  list(JOIN names "|" names)
  list(JOIN files "|" files)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DOUTPUT=${output} -DHEADER=${arg_HEADER} -DNAMESPACE=${arg_NAMESPACE} -DNAMES=${names}
            -DFILES=${files} -P ${script}
    DEPENDS ${inputs} ${script} VERBATIM)
  target_sources(obkit_${library} PRIVATE ${output})
endfunction()

function(obkit_add_tool name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  list(APPEND arg_LIBRARIES obkit::cli spdlog::spdlog)
  add_executable(${name} ${arg_SOURCES})
  _obkit_common(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)  # support/
  _obkit_precompile(${name} ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME COMPONENT tools)
endfunction()

# What a tool does apart from its main(), so that tests can drive it: a flat folder, headers beside sources, which are
# included as "NAME/….hpp".
function(obkit_add_tool_library name)
  _obkit_library(obkit_${name} obkit::${name} BASE ${PROJECT_SOURCE_DIR}/apps ${ARGN})
endfunction()

function(obkit_add_test_library name)
  _obkit_library(obkit_${name} obkit::${name} ${ARGN})
endfunction()

function(obkit_add_test_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  _obkit_common(${name})
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)  # support/
  _obkit_precompile(${name} ${arg_LIBRARIES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# One binary a library: tests/<library>/ makes <library>_test; its tests bear the label "unit".
function(obkit_add_test name)
  cmake_parse_arguments(arg "" "" "SOURCES;LIBRARIES" ${ARGN})
  add_executable(${name}_test ${arg_SOURCES})
  _obkit_common(${name}_test)
  target_link_libraries(${name}_test PRIVATE obkit::${name} ${arg_LIBRARIES}
                        GTest::gtest GTest::gmock GTest::gtest_main)
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)  # support/
  _obkit_compile_together(${name}_test)
  _obkit_precompile(${name}_test GTest::gtest)
  target_compile_definitions(${name}_test PRIVATE
    OBKIT_SOURCE_DIR="${PROJECT_SOURCE_DIR}" OBKIT_SHARED_DATA="${PROJECT_SOURCE_DIR}/../shared/data")
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}." PROPERTIES LABELS unit TIMEOUT 300
                       DISCOVERY_TIMEOUT 60)
endfunction()

# NAME.cpp defines LLVMFuzzerTestOneInput; corpus/NAME holds inputs of at most MAX_LENGTH bytes. With
# OBKIT_FUZZ, libFuzzer varies them for OBKIT_FUZZ_SECONDS (label "fuzz"); otherwise a driver, which
# is compiled once, runs them as they are (label "unit"). With VENUE it is venue.cpp, for that one.
set(OBKIT_FUZZ_SECONDS 60 CACHE STRING "How long each fuzz target runs")
function(obkit_add_fuzz_target name)
  cmake_parse_arguments(arg "" "MAX_LENGTH;VENUE" "LIBRARIES" ${ARGN})
  set(target fuzz_${name})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
  if(arg_VENUE)
    add_executable(${target} venue.cpp)
    target_compile_definitions(${target} PRIVATE OBKIT_VENUE="${arg_VENUE}")
  else()
    add_executable(${target} ${name}.cpp)
  endif()
  _obkit_common(${target})
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES})
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests)  # support/
  _obkit_precompile(${target} ${arg_LIBRARIES})
  if(OBKIT_FUZZ)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzz_targets ${target})
    set(made ${CMAKE_CURRENT_BINARY_DIR}/made/${name})
    file(MAKE_DIRECTORY ${made})
    add_test(NAME fuzz.${name}
             COMMAND ${target} -seed=1 -max_total_time=${OBKIT_FUZZ_SECONDS} -max_len=${arg_MAX_LENGTH} -timeout=10 -rss_limit_mb=1024
                     -malloc_limit_mb=4096  # a window of zstd, of which little is touched
                     -print_final_stats=1 -artifact_prefix=${CMAKE_CURRENT_BINARY_DIR}/${name}- ${made} ${corpus})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 600)
  else()
    if(NOT TARGET obkit_run_corpus)
      add_library(obkit_run_corpus OBJECT run_corpus.cpp)
      _obkit_common(obkit_run_corpus)
      target_link_libraries(obkit_run_corpus PUBLIC obkit::core)
    endif()
    target_link_libraries(${target} PRIVATE obkit_run_corpus)
    add_test(NAME fuzz.${name} COMMAND ${target} ${corpus})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS unit TIMEOUT 300)
  endif()
endfunction()

include(GoogleTest)
