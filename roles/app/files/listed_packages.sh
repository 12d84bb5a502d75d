#!/bin/sh
# Reads a release's list of packages: listed_packages.sh FILE
# A line is the name of a package, or alternatives as Debian's control files have them, `one | another`: of those the first that
# there is, so that servers of one release agree, whatever is installed on them by now. Prints `named NAME` of all, `listed NAME` of those that are wanted and
# `installed NAME` of those that are there. No name is taken for granted: the list is the application's.
set -eu -f

[ -e "$1" ] || exit 0

installed() {
    [ "$(dpkg-query --show --showformat '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# first NAME...: the first that is installed or that the distribution has; where there is none apt is to say so of the first.
first() {
    for name in "$@"; do
        case $name in [!a-z0-9]*) continue ;; esac
        if installed "$name" || apt-cache show "$name" >/dev/null 2>&1; then
            echo "$name"
            return
        fi
    done
    echo "$1"
}

lines=$(sed -e 's/#.*//' -e 's/[[:space:]]*|[[:space:]]*/|/g' -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$1")
IFS='
'
for line in $lines; do
    # shellcheck disable=SC2046 # a word for each line, by IFS
    set -- $(printf '%s\n' "$line" | tr '|' '\n')
    printf 'named %s\n' "$@"
    chosen=$1
    if [ "$#" -gt 1 ]; then
        chosen=$(first "$@")
    fi
    echo "listed $chosen"
    case $chosen in [!a-z0-9]*) continue ;; esac
    if installed "$chosen"; then echo "installed $chosen"; fi
done
