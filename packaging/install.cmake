# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where the plugin, its profile, its manual and tlsclose-batch go: beside the installed Wireshark's own,
# for every user; or, as the component "personal", into the folders of whoever installs. Which of the
# two is said when installing, so no build folder remembers it. Included by the main CMakeLists.txt.

set(package_name wireshark-tlsclose)
set(profile "${PROJECT_SOURCE_DIR}/profile/TLS Closure")
set(manual "${PROJECT_SOURCE_DIR}/doc/tlsclose.7")
set(documents packaging/copyright doc/batch.md doc/field-reference.md)
set(prefix "${Wireshark_INSTALL_PREFIX}")
set(plugin_folder "${Wireshark_PLUGIN_INSTALL_DIR}/epan")

# For every user.
install(TARGETS tlsclose LIBRARY DESTINATION "${plugin_folder}")
install(DIRECTORY "${profile}" DESTINATION "${prefix}/share/wireshark/profiles")
install(FILES "${manual}" DESTINATION "${prefix}/share/man/man7")
install(FILES ${documents} DESTINATION "${prefix}/share/doc/${package_name}")

# Python looks for the modules where the program is that a link leads to.
set(batch_folder "${prefix}/share/${package_name}")
set(batch_link "${PROJECT_BINARY_DIR}/tlsclose-batch")
file(CREATE_LINK "../share/${package_name}/tlsclose-batch" "${batch_link}" SYMBOLIC)
install(PROGRAMS tools/tlsclose-batch DESTINATION "${batch_folder}")
install(FILES tools/VERSION DESTINATION "${batch_folder}")
install(DIRECTORY tools/batch DESTINATION "${batch_folder}" PATTERN __pycache__ EXCLUDE)
install(FILES "${batch_link}" DESTINATION "${prefix}/bin")

# For one user. HOME is read when this is installed, not when it is configured. A profile that is already
# there holds what its user has changed.
install(CODE "
  set(home \"\$ENV{DESTDIR}\$ENV{HOME}\")
  set(plugins \"\$ENV{HOME}/.local/lib/wireshark/plugins/${WIRESHARK_RELEASE}/epan\")
  set(share \"\$ENV{HOME}/.local/share\")
  set(batch \"\${share}/${package_name}\")
  file(INSTALL \"$<TARGET_FILE:tlsclose>\" DESTINATION \"\${plugins}\" TYPE MODULE)
  if(NOT EXISTS \"\${home}/.config/wireshark/profiles/TLS Closure\")
    file(INSTALL \"${profile}\" DESTINATION \"\$ENV{HOME}/.config/wireshark/profiles\")
  endif()
  file(INSTALL \"${manual}\" DESTINATION \"\${share}/man/man7\")
  foreach(document ${documents})
    file(INSTALL \"${PROJECT_SOURCE_DIR}/\${document}\" DESTINATION \"\${share}/doc/${package_name}\")
  endforeach()
  file(INSTALL \"${PROJECT_SOURCE_DIR}/tools/tlsclose-batch\" DESTINATION \"\${batch}\" TYPE PROGRAM)
  file(INSTALL \"${PROJECT_SOURCE_DIR}/tools/VERSION\" DESTINATION \"\${batch}\")
  file(INSTALL \"${PROJECT_SOURCE_DIR}/tools/batch\" DESTINATION \"\${batch}\"
    PATTERN __pycache__ EXCLUDE)
  file(INSTALL \"${batch_link}\" DESTINATION \"\$ENV{HOME}/.local/bin\")"
  COMPONENT personal EXCLUDE_FROM_ALL)

# Wireshark takes one of two copies, and complains of the other.
install(CODE "
  if(EXISTS \"\$ENV{HOME}/.local/lib/wireshark/plugins/${WIRESHARK_RELEASE}/epan/tlsclose.so\")
    message(WARNING \"There is another copy: \$ENV{HOME}/.local/lib/wireshark/plugins/${WIRESHARK_RELEASE}/epan/tlsclose.so\")
  endif()")
install(CODE "
  if(EXISTS \"${plugin_folder}/tlsclose.so\")
    message(WARNING \"There is another copy: ${plugin_folder}/tlsclose.so\")
  endif()" COMPONENT personal EXCLUDE_FROM_ALL)

add_custom_target(uninstall VERBATIM
  COMMAND "${CMAKE_COMMAND}" "-DBUILD=${PROJECT_BINARY_DIR}"
    -P "${PROJECT_SOURCE_DIR}/packaging/uninstall.cmake")
