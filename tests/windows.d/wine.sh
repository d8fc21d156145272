#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# To be sourced: makes Wine ready for programs of WINDOWS_PREFIX. It must not know what is run.

# shellcheck source=tests/windows.d/steps.sh
source "$(dirname "$(realpath "${BASH_SOURCE[0]}")")/steps.sh"
export WINEPREFIX=/kept/wine WINEDEBUG=-all WINEPATH="Z:$prefix/bin" XDG_RUNTIME_DIR=/tmp
# There is no console whose character set GLib could ask for: it takes this one's.
export LANG=C.UTF-8
export tshark_exe=$prefix/tshark.exe

# Its settings, made once. It asks for parts that run programs of 32 bits, and does without.
[[ -f $WINEPREFIX/system.reg ]] || wineboot --init
trap 'wineserver --kill || true' EXIT
