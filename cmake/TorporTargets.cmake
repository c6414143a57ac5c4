# One way to make a target, so that every folder's CMakeLists.txt says only what is its own.

option(TORPOR_TESTS "Build the tests (needs GoogleTest)" ON)
option(TORPOR_BENCH "Build the benchmarks (needs Google Benchmark)" OFF)
option(TORPOR_TRAIN "Build torpor-train (needs libtorch)" OFF)
set(TORPOR_SANITIZE "" CACHE STRING "Sanitizers: address (and undefined behaviour), thread, or none")
set_property(CACHE TORPOR_SANITIZE PROPERTY STRINGS "" address thread)
option(TORPOR_FUZZ "Build the fuzz targets with libFuzzer (needs clang)" OFF)

# What every target of ours is compiled with; nobody links it in public.
add_library(torpor_warnings INTERFACE)
add_library(torpor::warnings ALIAS torpor_warnings)
target_compile_options(torpor_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# GCC 12 at -O3 sees overlapping copies in "literal" + std::string (its bug 105651).
target_compile_options(torpor_warnings INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
target_compile_features(torpor_warnings INTERFACE cxx_std_20)

add_library(torpor_sanitize INTERFACE)
if(TORPOR_SANITIZE STREQUAL "thread")
  set(sanitizers thread)
elseif(TORPOR_SANITIZE)
  set(sanitizers address,undefined)
endif()
if(TORPOR_SANITIZE)
  target_compile_options(torpor_sanitize INTERFACE
    -fsanitize=${sanitizers} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(torpor_sanitize INTERFACE -fsanitize=${sanitizers})
endif()
if(TORPOR_FUZZ)  # so that the fuzzer sees which way the code went
  target_compile_options(torpor_sanitize INTERFACE -fsanitize=fuzzer-no-link)
endif()

# torpor_library(folder a.cc b.cc): target torpor_folder, alias torpor::folder.
# Headers are included from the root of the tree: "folder/file.h".
function(torpor_library name)
  add_library(torpor_${name} STATIC ${ARGN})
  add_library(torpor::${name} ALIAS torpor_${name})
  target_include_directories(torpor_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_compile_features(torpor_${name} PUBLIC cxx_std_20)
  target_link_libraries(torpor_${name} PRIVATE torpor::warnings PUBLIC torpor_sanitize)
  set_target_properties(torpor_${name} PROPERTIES CXX_EXTENSIONS OFF)
endfunction()

# torpor_rarely_run(target...): code that runs once a cycle, from cold caches, and is resident
# in every sleep. There, small is fast. GCC 12 at -Os loses sight of what an optional holds.
function(torpor_rarely_run)
  foreach(target IN LISTS ARGN)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-Os>
      $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:-Wno-maybe-uninitialized>)
  endforeach()
endfunction()

# torpor_schema(name a b): target torpor_name of this folder's a.proto and b.proto, made by
# nanopb's generator in C that is not ours to warn about; their headers are "a.pb.h".
function(torpor_schema name)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${generated})
  set(made "")
  foreach(schema IN LISTS ARGN)
    add_custom_command(
      OUTPUT ${generated}/${schema}.pb.c ${generated}/${schema}.pb.h
      COMMAND ${TORPOR_NANOPB_GENERATOR} -q -I ${CMAKE_CURRENT_SOURCE_DIR} -D ${generated}
              ${CMAKE_CURRENT_SOURCE_DIR}/${schema}.proto
      DEPENDS ${schema}.proto ${schema}.options
      COMMENT "Making the code of ${schema}.proto"
      VERBATIM)
    list(APPEND made ${generated}/${schema}.pb.c ${generated}/${schema}.pb.h)
  endforeach()
  add_library(torpor_${name} STATIC ${made})
  target_include_directories(torpor_${name} SYSTEM PUBLIC ${generated})
  target_link_libraries(torpor_${name} PUBLIC torpor::nanopb)
endfunction()

# torpor_program(name a.cc): the executable `name`, put into the build folder's bin/.
function(torpor_program name)
  add_executable(${name} ${ARGN})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE torpor::warnings torpor_sanitize)
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# torpor_plugin(name a.cc): a back end as a shared object, lib/torpor/torpor-name.so of the
# build folder, where the accelerator's process looks for it (model/backend_abi.h).
function(torpor_plugin name)
  add_library(torpor-${name} MODULE ${ARGN})
  target_include_directories(torpor-${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(torpor-${name} PRIVATE torpor::warnings torpor_sanitize)
  set_target_properties(torpor-${name} PROPERTIES CXX_EXTENSIONS OFF PREFIX ""
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib/torpor)
endfunction()

# torpor_test(thing_test libraries...): thing_test.cc of this folder, found by ctest. More of
# ctest's properties are taken from the variable torpor_test_properties. Those that
# torpor_test_not_sanitized names are left out of a build with sanitizers: they ask no other
# code to run than their neighbours do, and take minutes there.
function(torpor_test name)
  if(NOT TORPOR_TESTS)
    return()
  endif()
  add_executable(${name} ${name}.cc)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARGN} GTest::gmock GTest::gtest_main
                        torpor::warnings torpor_sanitize)
  target_compile_definitions(${name} PRIVATE
    TORPOR_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TORPOR_BINARY_DIR="${PROJECT_BINARY_DIR}")
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  set(chosen)
  if(TORPOR_SANITIZE AND torpor_test_not_sanitized)
    set(chosen TEST_FILTER "-${torpor_test_not_sanitized}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 ${chosen}
                       PROPERTIES TIMEOUT 300 ${torpor_test_properties})
endfunction()

# torpor_bench(thing_bench libraries...): thing_bench.cc, run by `./dev bench`.
function(torpor_bench name)
  if(NOT TORPOR_BENCH)
    return()
  endif()
  add_executable(${name} ${name}.cc)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARGN} benchmark::benchmark_main torpor::warnings)
  target_compile_definitions(${name} PRIVATE TORPOR_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/benchmarks)
endfunction()
