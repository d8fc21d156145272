# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where the plugin, its profile and its manual go: beside the installed Wireshark's own, for every
# user, or into the folders of whoever runs cmake. Included by the main CMakeLists.txt.

set(package_name wireshark-tlsclose)
set(profile "${PROJECT_SOURCE_DIR}/profile/TLS Closure")
set(manual "${PROJECT_SOURCE_DIR}/doc/tlsclose.7")

if(TLSCLOSE_INSTALL_PERSONAL)
  set(plugin_folder "$ENV{HOME}/.local/lib/wireshark/plugins/${WIRESHARK_RELEASE}")
  set(manual_folder "$ENV{HOME}/.local/share/man/man7")
  # A profile that is already there holds what its user has changed.
  set(profile_folder "$ENV{HOME}/.config/wireshark/profiles")
  install(CODE "
    if(NOT EXISTS \"\$ENV{DESTDIR}${profile_folder}/TLS Closure\")
      file(INSTALL \"${profile}\" DESTINATION \"${profile_folder}\")
    endif()")
else()
  set(plugin_folder "${Wireshark_PLUGIN_INSTALL_DIR}")
  set(manual_folder "${Wireshark_INSTALL_PREFIX}/share/man/man7")
  install(DIRECTORY "${profile}" DESTINATION "${Wireshark_INSTALL_PREFIX}/share/wireshark/profiles")
  install(FILES "${PROJECT_SOURCE_DIR}/packaging/copyright"
    DESTINATION "${Wireshark_INSTALL_PREFIX}/share/doc/${package_name}")
endif()

install(TARGETS tlsclose LIBRARY DESTINATION "${plugin_folder}/epan")
install(FILES "${manual}" DESTINATION "${manual_folder}")
