# Installing by component (tools, dev) and Debian packages of the two.
include(CMakePackageConfigHelpers)

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/obkit)
install(EXPORT obkitTargets NAMESPACE obkit:: DESTINATION ${config_folder} COMPONENT dev)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/obkitConfig.cmake.in
  ${PROJECT_BINARY_DIR}/obkitConfig.cmake INSTALL_DESTINATION ${config_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/obkitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/obkitConfig.cmake ${PROJECT_BINARY_DIR}/obkitConfigVersion.cmake
        DESTINATION ${config_folder} COMPONENT dev)

# Man pages take the options of all batch tools from one text, @INPUT_OPTIONS@.
file(READ docs/man/input_options.man INPUT_OPTIONS)
string(STRIP "${INPUT_OPTIONS}" INPUT_OPTIONS)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS docs/man/input_options.man)
foreach(tool obsave obdataset obtrain obsignal obbacktest obexchange)
  configure_file(docs/man/${tool}.1 ${PROJECT_BINARY_DIR}/man/${tool}.1 @ONLY)
endforeach()
install(DIRECTORY ${PROJECT_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1
        COMPONENT tools
        FILES_MATCHING PATTERN "*.1" PATTERN obexchange.1 EXCLUDE) # obexchange is not installed
install(FILES packaging/obsave@.service DESTINATION lib/systemd/system COMPONENT tools)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT tools)
install(FILES docs/tutorial.md docs/formats.md docs/differences.md docs/learning.md docs/design.md
        docs/performance.md docs/recorder.md docs/backtest.md docs/python.md docs/report.png
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT tools)
install(DIRECTORY docs/examples docs/pictures DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs USE_SOURCE_PERMISSIONS
        COMPONENT tools)
install(FILES packaging/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/obkit-tools COMPONENT tools)
install(FILES packaging/copyright DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/libobkit-dev COMPONENT dev)

set(CPACK_PACKAGE_NAME obkit)
set(CPACK_PACKAGE_VENDOR "The obkit authors")
set(CPACK_PACKAGE_CONTACT "The obkit authors <obkit@example.org>")
set(CPACK_PACKAGE_DIRECTORY ${PROJECT_BINARY_DIR}/packages)
set(CPACK_COMPONENTS_ALL tools dev)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME obkit-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "Record order books, learn from them, signal, backtest")
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libobkit-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
    "libboost-dev (>= 1.81) | libboost1.81-dev"
    libssl-dev libsimdjson-dev libzstd-dev zlib1g-dev libzip-dev nlohmann-json3-dev libeigen3-dev
    libcli11-dev libspdlog-dev libfmt-dev pkg-config libhdf5-dev libonnx-dev libprotobuf-dev)
list(JOIN CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", " CPACK_DEBIAN_DEV_PACKAGE_DEPENDS)
set(CPACK_COMPONENT_DEV_DESCRIPTION "Libraries and headers of obkit")
include(CPack)
