# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds for another architecture, with Debian's cross compiler and packages. In the environment
# tests/foreign/run tells which, and where these are.

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR "$ENV{FOREIGN_PROCESSOR}")
set(CMAKE_C_COMPILER "$ENV{FOREIGN_COMPILER}")
set(CMAKE_SYSROOT "$ENV{FOREIGN_ROOT}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)

# By which CTest runs the unit tests.
separate_arguments(CMAKE_CROSSCOMPILING_EMULATOR UNIX_COMMAND "$ENV{FOREIGN_EMULATOR}")
