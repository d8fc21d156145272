# SPDX-License-Identifier: GPL-2.0-or-later
#
# Installs the manual pages, the documents and tlsclose-batch, which the plugin does not need, in both ways
# of install.cmake. Included by it.

install(FILES "${manual}" DESTINATION "${prefix}/share/man/man7")
install(FILES "${batch_manual}" DESTINATION "${prefix}/share/man/man1")
install(FILES ${documents} DESTINATION "${prefix}/share/doc/${package_name}")

# Python looks for the modules where the program is that a link leads to.
set(batch_folder "${prefix}/share/${package_name}")
set(batch_link "${PROJECT_BINARY_DIR}/tlsclose-batch")
file(CREATE_LINK "../share/${package_name}/tlsclose-batch" "${batch_link}" SYMBOLIC)
install(PROGRAMS tools/tlsclose-batch DESTINATION "${batch_folder}")
install(FILES tools/VERSION DESTINATION "${batch_folder}")
install(DIRECTORY tools/batch DESTINATION "${batch_folder}" PATTERN __pycache__ EXCLUDE)
install(FILES "${batch_link}" DESTINATION "${prefix}/bin")

install(CODE "
  set(share \"\$ENV{HOME}/.local/share\")
  set(batch \"\${share}/${package_name}\")
  file(INSTALL \"${manual}\" DESTINATION \"\${share}/man/man7\")
  file(INSTALL \"${batch_manual}\" DESTINATION \"\${share}/man/man1\")
  foreach(document ${documents})
    file(INSTALL \"${PROJECT_SOURCE_DIR}/\${document}\" DESTINATION \"\${share}/doc/${package_name}\")
  endforeach()
  file(INSTALL \"${PROJECT_SOURCE_DIR}/tools/tlsclose-batch\" DESTINATION \"\${batch}\" TYPE PROGRAM)
  file(INSTALL \"${PROJECT_SOURCE_DIR}/tools/VERSION\" DESTINATION \"\${batch}\")
  file(INSTALL \"${PROJECT_SOURCE_DIR}/tools/batch\" DESTINATION \"\${batch}\"
    PATTERN __pycache__ EXCLUDE)
  file(INSTALL \"${batch_link}\" DESTINATION \"\$ENV{HOME}/.local/bin\")"
  COMPONENT personal EXCLUDE_FROM_ALL)
