# SPDX-License-Identifier: GPL-2.0-or-later
#
# The Debian package: cpack -G DEB --config BUILD/CPackConfig.cmake. Included by the main
# CMakeLists.txt. See packaging/README.md.

set(CPACK_PACKAGE_NAME ${package_name})
set(CPACK_PACKAGE_CONTACT "The tlsclose developers <tlsclose@invalid>"
  CACHE STRING "Maintainer of the package: you, if you give it to others")
set(CPACK_PACKAGE_DESCRIPTION "\
tlsclose is a post-dissector for Wireshark and tshark. It says whether each side
of a TLS connection sent close_notify, who closed first, what came too late, which
sessions must not be resumed, and which HTTP responses were cut off.
It has fields, expert infos, statistics, a configuration profile and a manual page.
tlsclose-batch judges thousands of captures and writes one report.")

# Debian upgrades to the package for a newer Wireshark, although the plugin's version is the same.
set(CPACK_DEBIAN_PACKAGE_RELEASE "wireshark${WIRESHARK_RELEASE}")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
# dpkg-shlibdeps finds libwireshark, whose package name changes with every release: plugins load
# only into the release that they were built for.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# What tlsclose-batch needs. Without it there is still the plugin.
file(STRINGS "${PROJECT_SOURCE_DIR}/tools/packages/batch.txt" batch_packages REGEX "^[^#]")
list(JOIN batch_packages ", " batch_packages)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "wireshark | tshark, ${batch_packages}")
set(CPACK_DEBIAN_PACKAGE_ENHANCES "wireshark, tshark")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/packaging/debian/postinst;${PROJECT_SOURCE_DIR}/packaging/debian/prerm")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
# The folders to install into are absolute: Wireshark's own.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX "${Wireshark_INSTALL_PREFIX}")
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

include(CPack)
