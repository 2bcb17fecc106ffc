#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# link-names.sh FILE NAME...: the other names of an installed file.  Hard links: each name finds the prefix from its own
# place, and all share the file's pages.  Where a file system has no links, copies do too.
set -eu
to=${DESTDIR:-}
file=$to$1
shift
for name in "$@"; do
        mkdir -p "$(dirname "$to$name")"
        ln -f "$file" "$to$name" 2>/dev/null || cp -f "$file" "$to$name"
done
