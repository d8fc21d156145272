#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# To be sourced: makes Wine ready for programs of WINDOWS_PREFIX. It must not know what is run.

export WINEPREFIX=/kept/wine WINEDEBUG=-all WINEPATH="Z:${WINDOWS_PREFIX:?}/bin" XDG_RUNTIME_DIR=/tmp
# There is no console whose character set GLib could ask for: it takes this one's.
export LANG=C.UTF-8
export tshark_exe=$WINDOWS_PREFIX/tshark.exe
export build=${WINDOWS_BUILD:?}

# Its settings, made once. It asks for parts that run programs of 32 bits, and does without.
[[ -f $WINEPREFIX/system.reg ]] || wineboot --init
trap 'wineserver --kill || true' EXIT

fail() {
    echo "== $*"
    exit 1
}
