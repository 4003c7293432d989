# What is built and run to check Linnet. In the release build ctest knows everything there is to run: unit
# tests and end-to-end tests from that build itself, and the sanitizer run and the fuzzers, whose programs
# come from the build beside it (build/asan); so one ctest run gives one summary. A program that
# hasn't been built counts as skipped, or as failed when LINNET_REQUIRE_ALL is set, as `make test` sets it.
#
#   label   what                                       from
#   unit    tests/unit/**/*_test.cc                    this build
#           tests/packetdrill/**/*.pkt
#   e2e     tests/e2e/*.sh, *.py (exit 77 = skipped)   this build's linnet, in $LINNET
#   asan    the unit tests, with sanitizers            build/asan
#   fuzz    tests/fuzz/*_fuzz.cc, FUZZ_SECONDS each    build/asan
#   lint    tools/lint/lint.py, one test per check     the sources
#           tools/docs.sh

# ---- unit tests
if(LINNET_TESTS)
  file(GLOB_RECURSE unit_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/*.cc)
  if(unit_sources)
    find_package(GTest REQUIRED)
    include(GoogleTest)
    add_executable(linnet_unit ${unit_sources})
    target_include_directories(linnet_unit PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(linnet_unit PRIVATE linnet_flags linnet_lib GTest::gtest_main rapidcheck)
    # Optimising the tests' own code costs more than it saves.
    target_compile_options(linnet_unit PRIVATE -O1)
    # The quick way: the machine code that the objects carry beside the intermediate code.
    target_link_options(linnet_unit PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-lto>)
    gtest_discover_tests(linnet_unit DISCOVERY_TIMEOUT 60 PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endif()

# ---- the program that makes socket calls, for tests/e2e/syscalls.py
file(GLOB syscall_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/syscalls/*.cc)
if(LINNET_TESTS)
  add_executable(linnet_syscalls ${syscall_sources})
  target_include_directories(linnet_syscalls PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(linnet_syscalls PRIVATE linnet_flags)
endif()

# ---- packetdrill scripts
# The interpreter is a library of its own: its program, the shared object and its fuzzer have it.
if(LINNET_TESTS OR LINNET_FUZZ)
  file(GLOB packetdrill_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/packetdrill/*.cc)
  list(FILTER packetdrill_sources EXCLUDE REGEX "/(main|so_interface)\\.cc$")
  add_library(linnet_packetdrill_kit OBJECT ${packetdrill_sources})
  target_include_directories(linnet_packetdrill_kit PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(linnet_packetdrill_kit PRIVATE linnet_flags)
  target_compile_options(linnet_packetdrill_kit PRIVATE -O1)
  add_executable(linnet_packetdrill ${CMAKE_SOURCE_DIR}/tests/support/packetdrill/main.cc
                 $<TARGET_OBJECTS:linnet_packetdrill_kit>)
  target_include_directories(linnet_packetdrill PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(linnet_packetdrill PRIVATE linnet_flags linnet_lib)
  target_link_options(linnet_packetdrill PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-lto>)
  target_link_libraries(linnet_packetdrill PRIVATE ${CMAKE_DL_LIBS})
  # The stack behind the public tool's interface. Its objects are those of the programs, which are not made for shared
  # objects: what lets them in is a version script, which leaves one name visible, and that so_interface.cc has what they
  # refer to of the C library's data; the C++ library comes with it.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND NOT LINNET_SANITIZE)
    set(of_the_so so_interface linnet_kernel linnet_calls linnet_epoll command code symbols)
    list(TRANSFORM of_the_so PREPEND ${CMAKE_SOURCE_DIR}/tests/support/packetdrill/)
    list(TRANSFORM of_the_so APPEND .cc)
    add_library(linnet_packetdrill_so MODULE ${of_the_so})
    set_target_properties(linnet_packetdrill_so PROPERTIES PREFIX "" OUTPUT_NAME linnet_packetdrill
                          LIBRARY_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
    target_include_directories(linnet_packetdrill_so PRIVATE ${CMAKE_SOURCE_DIR})
    target_compile_options(linnet_packetdrill_so PRIVATE -O1 -fno-lto)
    target_link_libraries(linnet_packetdrill_so PRIVATE linnet_flags linnet_lib)
    target_link_options(linnet_packetdrill_so PRIVATE -fno-lto -static-libstdc++ -static-libgcc
                        -Wl,--version-script=${CMAKE_SOURCE_DIR}/tests/support/packetdrill/exports.map)
  endif()
  file(GLOB packetdrill_folders CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/packetdrill/*)
  foreach(folder IN LISTS packetdrill_folders)
    get_filename_component(name ${folder} NAME)
    file(GLOB scripts CONFIGURE_DEPENDS ${folder}/*.pkt)
    if(scripts)
      add_test(NAME packetdrill.${name} COMMAND linnet_packetdrill ${scripts})
      set_tests_properties(packetdrill.${name} PROPERTIES LABELS unit TIMEOUT 120)
    endif()
  endforeach()
endif()

# ---- fuzzers
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cc)
if(LINNET_FUZZ)
  foreach(source IN LISTS fuzz_sources)
    get_filename_component(name ${source} NAME_WE)
    add_executable(${name} ${source})
    target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PRIVATE linnet_flags linnet_lib)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    if(name STREQUAL "packetdrill_fuzz")
      target_sources(${name} PRIVATE $<TARGET_OBJECTS:linnet_packetdrill_kit>)
      target_link_libraries(${name} PRIVATE ${CMAKE_DL_LIBS})
    endif()
  endforeach()
endif()

# ---- benchmarks
if(LINNET_BENCH)
  file(GLOB bench_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/bench/*_bench.cc)
  if(bench_sources)
    find_package(benchmark REQUIRED)
    add_executable(linnet_bench ${bench_sources})
    target_include_directories(linnet_bench PRIVATE ${CMAKE_SOURCE_DIR})
    target_link_libraries(linnet_bench PRIVATE linnet_flags linnet_lib benchmark::benchmark_main)
    target_link_options(linnet_bench PRIVATE ${lto_link})
  endif()
endif()

# ---- the rest, known to the release build only
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  return()
endif()

file(GLOB e2e_scripts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/e2e/*.sh ${CMAKE_SOURCE_DIR}/tests/e2e/*.py)
if(TARGET linnet)
  foreach(script IN LISTS e2e_scripts)
    get_filename_component(name ${script} NAME_WE)
    get_filename_component(extension ${script} LAST_EXT)
    if(name MATCHES "^_")  # a part shared between scripts
      continue()
    endif()
    if(extension STREQUAL ".py")
      set(interpreter python3)
    else()
      set(interpreter bash)
    endif()
    add_test(NAME e2e.${name} COMMAND ${interpreter} ${script} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(e2e.${name} PROPERTIES LABELS e2e TIMEOUT 300 SKIP_RETURN_CODE 77
                         ENVIRONMENT LINNET=$<TARGET_FILE:linnet>)
  endforeach()
  # Several scenarios are under way at once inside it.
  set_tests_properties(e2e.scenarios PROPERTIES TIMEOUT 1200)
  # The kernel's tracepoints tell of every namespace's packets.
  set_tests_properties(e2e.kernel_events PROPERTIES RUN_SERIAL TRUE)
endif()

if(unit_sources)
  foreach(shard 0 1)
    add_test(NAME asan.unit.${shard}
             COMMAND ${CMAKE_SOURCE_DIR}/tools/test/asan.sh ${CMAKE_SOURCE_DIR}/build/asan/bin/linnet_unit)
    set_tests_properties(asan.unit.${shard} PROPERTIES LABELS asan TIMEOUT 900 SKIP_RETURN_CODE 77
                         ENVIRONMENT "GTEST_TOTAL_SHARDS=2;GTEST_SHARD_INDEX=${shard}")
  endforeach()
endif()

foreach(source IN LISTS fuzz_sources)
  get_filename_component(name ${source} NAME_WE)
  add_test(NAME fuzz.${name} COMMAND ${CMAKE_SOURCE_DIR}/tools/test/fuzz.sh ${name})
  # libFuzzer itself watches the time, which FUZZ_SECONDS sets; this is no more than a backstop.
  set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 86400 SKIP_RETURN_CODE 77)
endforeach()

add_test(NAME docs COMMAND ${CMAKE_SOURCE_DIR}/tools/docs.sh)
set_tests_properties(docs PROPERTIES LABELS lint TIMEOUT 300 SKIP_RETURN_CODE 77)
foreach(check deps headers size comment shell format tidy)
  add_test(NAME lint.${check} COMMAND ${CMAKE_SOURCE_DIR}/tools/lint/lint.py ${check})
  set_tests_properties(lint.${check} PROPERTIES LABELS lint TIMEOUT 1800)
endforeach()
# It uses every processor by itself.
set_tests_properties(lint.tidy PROPERTIES PROCESSORS 2)
