# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where the plugin, its profile, its manual and tlsclose-batch go: beside the installed Wireshark's own,
# for every user, or into the folders of whoever runs cmake. Included by the main CMakeLists.txt.

set(package_name wireshark-tlsclose)
set(profile "${PROJECT_SOURCE_DIR}/profile/TLS Closure")
set(manual "${PROJECT_SOURCE_DIR}/doc/tlsclose.7")

if(TLSCLOSE_INSTALL_PERSONAL)
  set(plugin_folder "$ENV{HOME}/.local/lib/wireshark/plugins/${WIRESHARK_RELEASE}")
  set(prefix "$ENV{HOME}/.local")
  # A profile that is already there holds what its user has changed.
  set(profile_folder "$ENV{HOME}/.config/wireshark/profiles")
  install(CODE "
    if(NOT EXISTS \"\$ENV{DESTDIR}${profile_folder}/TLS Closure\")
      file(INSTALL \"${profile}\" DESTINATION \"${profile_folder}\")
    endif()")
else()
  set(plugin_folder "${Wireshark_PLUGIN_INSTALL_DIR}")
  set(prefix "${Wireshark_INSTALL_PREFIX}")
  install(DIRECTORY "${profile}" DESTINATION "${prefix}/share/wireshark/profiles")
endif()

install(TARGETS tlsclose LIBRARY DESTINATION "${plugin_folder}/epan")
install(FILES "${manual}" DESTINATION "${prefix}/share/man/man7")
install(FILES packaging/copyright doc/batch.md doc/field-reference.md
  DESTINATION "${prefix}/share/doc/${package_name}")

# Python looks for the modules where the program is that a link leads to.
set(batch_folder "${prefix}/share/${package_name}")
set(batch_link "${PROJECT_BINARY_DIR}/tlsclose-batch")
file(CREATE_LINK "../share/${package_name}/tlsclose-batch" "${batch_link}" SYMBOLIC)
install(PROGRAMS tools/tlsclose-batch DESTINATION "${batch_folder}")
install(DIRECTORY tools/batch DESTINATION "${batch_folder}" PATTERN __pycache__ EXCLUDE)
install(FILES "${batch_link}" DESTINATION "${prefix}/bin")
