# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is installed, the plugin, its profile, its manuals and tlsclose-batch: beside the installed
# Wireshark's own, for every user; or, as the component "personal", into the folders of whoever installs.
# Which of the two is said when installing, so no build folder remembers it. Included by the main
# CMakeLists.txt, after folders.cmake.

set(package_name wireshark-tlsclose)
set(profile "${PROJECT_SOURCE_DIR}/profile/TLS Closure")
set(manual "${PROJECT_SOURCE_DIR}/doc/tlsclose.7")
set(batch_manual "${PROJECT_SOURCE_DIR}/doc/tlsclose-batch.1")
set(documents debian/copyright doc/batch.md doc/field-reference.md)

# For every user.
install(TARGETS tlsclose LIBRARY DESTINATION "${plugin_folder}")
install(DIRECTORY "${profile}" DESTINATION "${profile_folder}")

# For one user. A profile that is already there holds what its user has changed.
install(CODE "${find_personal_folders}
  file(INSTALL \"$<TARGET_FILE:tlsclose>\" DESTINATION \"\${personal_plugin_folder}\" TYPE MODULE)
  if(NOT EXISTS \"\$ENV{DESTDIR}\${personal_profile_folder}/TLS Closure\")
    file(INSTALL \"${profile}\" DESTINATION \"\${personal_profile_folder}\")
  endif()"
  COMPONENT personal EXCLUDE_FROM_ALL)

# Wireshark takes one of two copies, and complains of the other.
install(CODE "${find_personal_folders}
  if(EXISTS \"\${personal_plugin_folder}/$<TARGET_FILE_NAME:tlsclose>\")
    message(WARNING
      \"There is another copy: \${personal_plugin_folder}/$<TARGET_FILE_NAME:tlsclose>\")
  endif()")
install(CODE "
  if(EXISTS \"${plugin_folder}/$<TARGET_FILE_NAME:tlsclose>\")
    message(WARNING \"There is another copy: ${plugin_folder}/$<TARGET_FILE_NAME:tlsclose>\")
  endif()" COMPONENT personal EXCLUDE_FROM_ALL)

# The manual pages, and tlsclose-batch, which calls programs that Windows does not have.
if(NOT is_windows_layout)
  include("${CMAKE_CURRENT_LIST_DIR}/install_batch.cmake")
endif()

add_custom_target(uninstall VERBATIM
  COMMAND "${CMAKE_COMMAND}" "-DBUILD=${PROJECT_BINARY_DIR}"
    -P "${PROJECT_SOURCE_DIR}/packaging/uninstall.cmake")

# What others download: for this system and Wireshark alone, and its name says so.
add_custom_target(release_file VERBATIM
  COMMAND "${CMAKE_COMMAND}" "-DPLUGIN=$<TARGET_FILE:tlsclose>" "-DSYSTEM=${CMAKE_SYSTEM_NAME}"
    "-DARCHITECTURE=${CMAKE_SYSTEM_PROCESSOR}" "-DWIRESHARK=${wireshark_plugin_version}"
    "-DINTO=${PROJECT_BINARY_DIR}" -P "${PROJECT_SOURCE_DIR}/packaging/release_file.cmake"
  DEPENDS tlsclose)
