# Prints "processes" where there are any beside puma, schedules included: a unit, or a line of one of the Procfiles in PROCFILES.
if ls -d /etc/systemd/system/railyard-*@*.service /etc/systemd/system/railyard-schedule-*.timer 2>/dev/null | grep -q . ||
    cat $PROCFILES 2>/dev/null |
    awk -F: '/^[A-Za-z0-9_-]+:/ && $1 !~ /^(web|release|postdeploy|console|rake)$/ {found = 1} END {exit !found}'; then
    echo processes
fi
