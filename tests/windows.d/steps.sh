#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# To be sourced: what the steps that look at the plugin share. It must not know what else is in it.

export cross=x86_64-w64-mingw32ucrt prefix=${WINDOWS_PREFIX:?} build=${WINDOWS_BUILD:?}
# What Wireshark looks up in a plugin: the first four for 4.0, all for later releases.
wanted_exports='plugin_describe plugin_register plugin_version plugin_want_major plugin_want_minor'

fail() {
    echo "== $*"
    exit 1
}

check_exports() {
    local found
    found=$($cross-objdump -p "$1" | sed -n '/^\[Ordinal\/Name Pointer\] Table/,/^$/s/^\t\[.* //p' |
        sort | paste -s -d ' ')
    [[ $found == "$wanted_exports" ]] || fail "$1 exports $found"
}
