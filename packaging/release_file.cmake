# SPDX-License-Identifier: GPL-2.0-or-later
#
# Makes the file of a release for one system, architecture and minor release of Wireshark, and names it so:
#   cmake -DPLUGIN=FILE -DSYSTEM=... -DARCHITECTURE=... -DWIRESHARK=X.Y -DINTO=FOLDER -P release_file.cmake
# System and architecture may be called as CMake calls them. It knows no build: the target release_file and
# the workflows call it.

cmake_minimum_required(VERSION 3.22)
set(project_folder "${CMAKE_CURRENT_LIST_DIR}/..")
file(STRINGS "${project_folder}/tools/VERSION" version)

foreach(argument PLUGIN SYSTEM ARCHITECTURE WIRESHARK INTO)
  if("${${argument}}" STREQUAL "")
    message(FATAL_ERROR "-D${argument}=... is missing")
  endif()
endforeach()

string(TOLOWER "${SYSTEM}" system)
string(REPLACE "darwin" "macos" system "${system}")
string(TOLOWER "${ARCHITECTURE}" architecture)
string(REGEX REPLACE "^(x86_64|x64)$" "amd64" architecture "${architecture}")
string(REGEX REPLACE "^aarch64$" "arm64" architecture "${architecture}")
string(REGEX REPLACE "^i.86$" "i386" architecture "${architecture}")
# macOS' folders have X-Y.
string(REPLACE "-" "." wireshark "${WIRESHARK}")

set(name "tlsclose-${version}-${system}-${architecture}-wireshark-${wireshark}")
set(tar czf "${name}.tar.gz")
if(system STREQUAL "windows")
  set(tar cf "${name}.zip" --format=zip)
endif()

file(REMOVE_RECURSE "${INTO}/${name}")
file(COPY "${PLUGIN}" "${project_folder}/COPYING" "${project_folder}/packaging/install.md"
  "${project_folder}/profile/TLS Closure" DESTINATION "${INTO}/${name}")
execute_process(COMMAND "${CMAKE_COMMAND}" -E tar ${tar} "${name}" WORKING_DIRECTORY "${INTO}"
  COMMAND_ERROR_IS_FATAL ANY)
list(GET tar 1 file)
message("${INTO}/${file}")
