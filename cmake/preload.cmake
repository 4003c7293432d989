# The library that guests preload (src/guest/preload): linked against nothing, without a C++ runtime, the same in every
# kind of build, never with sanitizers. Its file becomes part of liblinnet.a (src/guest/preload_image.cc).
file(GLOB preload_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/guest/preload/*.cc)
add_library(linnet_preload MODULE ${preload_sources})
target_include_directories(linnet_preload PRIVATE ${CMAKE_SOURCE_DIR}/src)
# Unwind tables: a thread that is cancelled in one of these calls unwinds through it; there is nothing to clean up.
target_compile_options(linnet_preload PRIVATE -O2 -g0 -Wall -Wextra $<$<BOOL:${LINNET_WERROR}>:-Werror> -fno-exceptions
                       -fasynchronous-unwind-tables -fno-rtti -fvisibility=hidden
                       -fno-stack-protector -fno-builtin-memcpy -U_FORTIFY_SOURCE -fno-sanitize=all -fno-lto)
target_link_options(linnet_preload PRIVATE -nostdlib -Wl,-z,now -Wl,-z,noexecstack -fno-sanitize=all -fno-lto)
set_target_properties(linnet_preload PROPERTIES PREFIX "" OUTPUT_NAME linnet-front
                      LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(preload_file ${CMAKE_BINARY_DIR}/lib/linnet-front.so)
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/guest/preload_image.cc PROPERTIES
                            COMPILE_DEFINITIONS LINNET_PRELOAD_FILE="${preload_file}" OBJECT_DEPENDS ${preload_file})
