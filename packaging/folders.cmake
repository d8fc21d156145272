# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where Wireshark looks for plugins and profiles, on each system, told from Wireshark's own CMake
# configuration alone. It must not know what is put there. Personal folders are given as code, for
# HOME and APPDATA are those of whoever installs.

set(prefix "${Wireshark_INSTALL_PREFIX}")
set(plugin_folder "${Wireshark_PLUGIN_INSTALL_DIR}/epan")
# X.Y, or X-Y on macOS, whose bundles must not have folders with a dot in their names.
cmake_path(GET Wireshark_PLUGIN_INSTALL_DIR FILENAME wireshark_plugin_version)

# Windows alone has the plugins directly in the folder of the programs, and all else beside them.
cmake_path(COMPARE "${Wireshark_PLUGIN_INSTALL_DIR}" EQUAL
  "${prefix}/plugins/${wireshark_plugin_version}" is_windows_layout)

if(is_windows_layout)
  set(profile_folder "${prefix}/profiles")
  set(find_personal_folders "
  file(TO_CMAKE_PATH \"\$ENV{APPDATA}\" application_data)
  set(personal_plugin_folder \"\${application_data}/Wireshark/plugins/${wireshark_plugin_version}/epan\")
  set(personal_profile_folder \"\${application_data}/Wireshark/profiles\")")
else()
  set(profile_folder "${prefix}/share/wireshark/profiles")
  if(plugin_folder MATCHES "^(.*/Contents)/PlugIns/wireshark/")
    set(profile_folder "${CMAKE_MATCH_1}/Resources/share/wireshark/profiles")
  endif()
  set(find_personal_folders "
  set(personal_plugin_folder
    \"\$ENV{HOME}/.local/lib/wireshark/plugins/${wireshark_plugin_version}/epan\")
  set(personal_profile_folder \"\$ENV{HOME}/.config/wireshark/profiles\")")
endif()
