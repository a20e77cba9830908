# What is installed, by component (tools, dev). Debian packages are made of it by debian/.
include(CMakePackageConfigHelpers)

set(config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/obkit)
install(EXPORT obkitTargets NAMESPACE obkit:: DESTINATION ${config_folder} COMPONENT dev)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/obkitConfig.cmake.in
  ${PROJECT_BINARY_DIR}/obkitConfig.cmake INSTALL_DESTINATION ${config_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/obkitConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/obkitConfig.cmake ${PROJECT_BINARY_DIR}/obkitConfigVersion.cmake
        DESTINATION ${config_folder} COMPONENT dev)

set(tools obsave obdataset obtrain obsignal obbacktest)
set(simulation)
if(TARGET obexchange)
  set(simulation obexchange)
endif()

# Man pages bear the date of the newest release.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS CHANGELOG.md docs/man/input_options.man docs/formats.md
                                                               cmake/man_of_markdown.awk)
file(STRINGS CHANGELOG.md releases REGEX "^## [0-9.]+, [0-9-]+$")
list(GET releases 0 newest)
string(REGEX REPLACE ".*, " "" OBKIT_DATE "${newest}")
set(OBKIT_DOCDIR ${CMAKE_INSTALL_FULL_DOCDIR})
# They take the options of all batch tools from one text, @INPUT_OPTIONS@.
file(READ docs/man/input_options.man INPUT_OPTIONS)
string(STRIP "${INPUT_OPTIONS}" INPUT_OPTIONS)
foreach(page obsave.1 obdataset.1 obtrain.1 obsignal.1 obbacktest.1 obtrain-mpi.1 obexchange.1 obkit-demo.1 obkit.7)
  configure_file(docs/man/${page} ${PROJECT_BINARY_DIR}/man/${page} @ONLY)
endforeach()
execute_process(
  COMMAND awk -f ${CMAKE_CURRENT_LIST_DIR}/man_of_markdown.awk -v name=obkit-formats -v section=5
          -v "about=files that obkit writes and reads" -v date=${OBKIT_DATE} -v version=${PROJECT_VERSION}
          -v home=${OBKIT_DOCDIR}/docs/formats.md ${PROJECT_SOURCE_DIR}/docs/formats.md
  OUTPUT_FILE ${PROJECT_BINARY_DIR}/man/obkit-formats.5 COMMAND_ERROR_IS_FATAL ANY)
set(pages ${tools} ${simulation})
if(TARGET obtrain-mpi)
  list(APPEND pages obtrain-mpi)  # has obtrain's options, and no completions of its own
endif()
list(TRANSFORM pages APPEND .1)
if(simulation)
  list(APPEND pages obkit-demo.1)
endif()
list(TRANSFORM pages PREPEND ${PROJECT_BINARY_DIR}/man/)
install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT tools)
install(FILES ${PROJECT_BINARY_DIR}/man/obkit-formats.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 COMPONENT tools)
install(FILES ${PROJECT_BINARY_DIR}/man/obkit.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 COMPONENT tools)

# Completions are what the tools say of themselves.
set(completions)
function(_obkit_completion tool shell folder file)
  set(output ${PROJECT_BINARY_DIR}/completions/${file})
  add_custom_command(OUTPUT ${output} COMMAND ${tool} --print-completion ${shell} > ${output}
                     DEPENDS ${tool} VERBATIM)
  install(FILES ${output} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder} COMPONENT tools)
  set(completions ${completions} ${output} PARENT_SCOPE)
endfunction()
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/completions)
foreach(tool IN LISTS tools simulation)
  _obkit_completion(${tool} bash bash-completion/completions ${tool})
  _obkit_completion(${tool} zsh zsh/vendor-completions _${tool})
  _obkit_completion(${tool} fish fish/vendor_completions.d ${tool}.fish)
endforeach()
add_custom_target(completions ALL DEPENDS ${completions})

if(simulation)
  install(PROGRAMS scripts/demo DESTINATION ${CMAKE_INSTALL_BINDIR} RENAME obkit-demo COMPONENT tools)
endif()
install(FILES packaging/obsave@.service packaging/obsave.target DESTINATION lib/systemd/system COMPONENT tools)

install(FILES packaging/prometheus/obkit.rules.yml packaging/grafana/obsave.json
        DESTINATION ${CMAKE_INSTALL_DATADIR}/obkit COMPONENT tools)

# The documents as they lie in the repository: their links work where they are installed.
set(documents ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CHANGELOG.md CONTRIBUTING.md HACKING.md SECURITY.md LICENSE
        DESTINATION ${documents} COMPONENT tools)
install(DIRECTORY docs/ DESTINATION ${documents}/docs USE_SOURCE_PERMISSIONS COMPONENT tools
        PATTERN man EXCLUDE)
install(FILES packaging/README.md packaging/obsave-example.env DESTINATION ${documents}/packaging COMPONENT tools)
install(DIRECTORY packaging/prometheus packaging/grafana DESTINATION ${documents}/packaging COMPONENT tools)
install(FILES bench/README.md bench/LAB.md DESTINATION ${documents}/bench COMPONENT tools)
install(DIRECTORY data DESTINATION ${documents} USE_SOURCE_PERMISSIONS COMPONENT tools)
