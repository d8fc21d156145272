# SPDX-License-Identifier: GPL-2.0-or-later
#
# CMake's toolchain file for Windows, 64 bits, with the universal C runtime (UCRT), as Wireshark's own
# builds have it. Libraries are those of WINDOWS_PREFIX alone. It knows no project.

set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32ucrt-gcc)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32ucrt-g++)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32ucrt-windres)

set(CMAKE_FIND_ROOT_PATH "$ENV{WINDOWS_PREFIX}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "$ENV{WINDOWS_PREFIX}/lib/pkgconfig")
