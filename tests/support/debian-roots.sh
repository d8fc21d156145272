#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# To be sourced by scripts that run tests in Debian roots of their own, which are kept in $cache. It must
# not know what is run there.

tests=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cache=${XDG_CACHE_HOME:-${HOME:-/var/cache}/.cache}/tlsclose

# Why no root can be made here, if so.
no_roots_here() {
    if ((EUID != 0)); then
        echo "needs the superuser, for Debian roots"
    elif ! unshare --mount true 2>/dev/null; then
        echo "needs the right to mount"
    fi
}

# packages_of LIST...: of tools/packages, separated by commas.
packages_of() {
    (cd "$tests/../tools/packages" && sed '/^#/d' -- "${@/%/.txt}") | paste -s -d ,
}

# has_root NAME PACKAGES
has_root() {
    [[ -f $cache/$1.packages && $(<"$cache/$1.packages") == "$2" ]]
}

remove_root() {
    rm -rf --one-file-system "${cache:?}/$1" "$cache/$1.packages"
}

debian_mirror() {
    local uris
    # shellcheck disable=SC2016 # apt's own variable
    uris=$(apt-get indextargets --format '$(REPO_URI)' 'Origin: Debian' 'Label: Debian') || true
    uris=${uris%%$'\n'*}
    echo "${uris:-http://deb.debian.org/debian/}"
}

# make_root NAME PACKAGES RELEASE [OPTION of mmdebstrap or MIRROR]...
make_root() {
    local name=$1 packages=$2 release=$3
    shift 3
    "$tests/../tools/install-packages" versions || return
    remove_root "$name"
    # The mirror may be a frozen one, whose lists have expired.
    if ! mmdebstrap --mode=root --variant=apt --include="$packages" \
        --aptopt='Acquire::Check-Valid-Until "false"' --aptopt='Acquire::Retries "3"' \
        "$release" "$cache/$name" "$@"; then
        remove_root "$name"
        return 1
    fi
    echo "$packages" >"$cache/$name.packages"
}

# Says why the root of this name could not be made.
why_no_root() {
    grep -m 1 '^E: ' "$cache/$1.log" || tail -n 1 "$cache/$1.log"
}
