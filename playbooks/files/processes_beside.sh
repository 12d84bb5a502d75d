# shellcheck shell=sh
# Prints "processes" where there are any beside puma, schedules included: a unit, or a line of one of the Procfiles in PROCFILES.
beside() {
    for unit in /etc/systemd/system/railyard-*@*.service /etc/systemd/system/railyard-schedule-*.timer; do
        if [ -e "$unit" ] || [ -L "$unit" ]; then
            return 0
        fi
    done
    # shellcheck disable=SC2086 # they are several
    cat $PROCFILES 2>/dev/null |
        awk -F: '/^[A-Za-z0-9_-]+:/ && $1 !~ /^(web|release|postdeploy|console|rake)$/ {found = 1} END {exit !found}'
}
if beside; then
    echo processes
fi
