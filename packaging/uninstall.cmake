# SPDX-License-Identifier: GPL-2.0-or-later
#
# Removes what was installed from the folder BUILD, for every user and for one:
#   cmake --build BUILD --target uninstall
# A personal profile stays: it may hold what its user has changed.

file(GLOB manifests "${BUILD}/install_manifest*.txt")
if(NOT manifests)
  message("Nothing was installed from ${BUILD}")
endif()

set(left FALSE)
foreach(manifest IN LISTS manifests)
  set(denied FALSE)
  file(STRINGS "${manifest}" files)
  if(manifest MATCHES "/install_manifest_personal\\.txt$")
    list(FILTER files EXCLUDE REGEX "/profiles/")
  endif()
  foreach(file IN LISTS files)
    if(EXISTS "${file}" OR IS_SYMLINK "${file}")
      execute_process(COMMAND "${CMAKE_COMMAND}" -E rm -f "${file}" ERROR_QUIET)
      if(EXISTS "${file}")
        message("Not removed, for want of permission: ${file}")
        set(denied TRUE)
      else()
        message("Removed ${file}")
      endif()
    endif()
  endforeach()
  if(denied)
    set(left TRUE)
  else()
    file(REMOVE "${manifest}")
  endif()
endforeach()
if(left)
  message(FATAL_ERROR "Not everything was removed")
endif()
