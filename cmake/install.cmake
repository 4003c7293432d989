# What `cmake --install` puts where: the program; the library with its headers; what lets CMake (find_package) and
# pkg-config find it. All of it may be moved afterwards as a whole.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

if(TARGET linnet)
  install(TARGETS linnet RUNTIME)
  install(DIRECTORY tools/oracle/ DESTINATION ${CMAKE_INSTALL_DATADIR}/linnet/oracle USE_SOURCE_PERMISSIONS)
endif()

set_target_properties(linnet_lib PROPERTIES EXPORT_NAME linnet)
target_compile_features(linnet_lib INTERFACE cxx_std_23)
install(TARGETS linnet_lib EXPORT linnet-targets ARCHIVE INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# Without the intermediate code, which fits one version of one compiler, and would have every program that links the library
# optimise it anew. The machine code is all there.
if(LINNET_LTO)
  install(CODE "execute_process(COMMAND \"${CMAKE_OBJCOPY}\" -w -R .gnu.lto_* -R .gnu.debuglto_*
    \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR}/liblinnet.a\" COMMAND_ERROR_IS_FATAL ANY)")
endif()
install(DIRECTORY include/linnet TYPE INCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/linnet)
install(EXPORT linnet-targets NAMESPACE linnet:: DESTINATION ${package_dir})
configure_package_config_file(cmake/linnet-config.cmake.in linnet-config.cmake INSTALL_DESTINATION ${package_dir})
# Until 1.0 a new minor version may break what an older one promised.
write_basic_package_version_file(linnet-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/linnet-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/linnet-config-version.cmake
        DESTINATION ${package_dir})

file(RELATIVE_PATH LINNET_PC_TO_PREFIX /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
configure_file(cmake/linnet.pc.in linnet.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/linnet.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
