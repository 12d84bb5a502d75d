# Runs a hook of a release: bash -c "$(cat hook.sh)" hook SECONDS FILE
# Of one that fails the first line says why, and then come its last words. They go through a file, and not through a pipe that
# ends with the last process the hook has left behind; and what is no UTF-8 goes, as Ansible takes nothing else.
# shellcheck shell=bash
set -u
seconds=$1
hook=$2

refuse() {
    echo "$1"
    exit 1
}

if [ -L "$hook" ] && [ ! -e "$hook" ]; then
    refuse "as it is a link to $(readlink "$hook"), which is not on this server; put the program itself there"
elif [ -d "$hook" ]; then
    refuse "as it is a directory; give it another name, or put a program in its place"
elif [ ! -x "$hook" ]; then
    refuse "as it is not executable (\`git update-index --chmod=+x $hook\`)"
fi

said=$(mktemp) || refuse "as there is no room for what it says"
# What bash itself says of a program that was killed is no word of the hook.
exec 3>> "$said" 2> /dev/null
rm "$said"
timeout --kill-after=10 "$seconds" "$hook" >&3 2>&1 3>&- < /dev/null
status=$?
[ "$status" != 0 ] || exit 0

why="with status $status"
case $status in
    # After the time, or ten seconds later, when it did not end.
    124 | 137) [ "$SECONDS" -lt "$seconds" ] || why="after $seconds s (app_hook_timeout)" ;;
    126 | 127)
        if ! grep -q "^timeout: failed to run command" /dev/fd/3; then
            :
        elif head -n 1 "$hook" | grep -q $'\r$'; then
            why="as its lines end as Windows ends them, so that Linux does not find what runs it (\`sed -i 's/\\r\$//' $hook\`)"
        else
            why="as the program in its first line is not on this server, or cannot run it"
        fi
        ;;
esac
echo "$why"
tail -n 20 /dev/fd/3 | tail -c 8192 | iconv -c -f UTF-8 -t UTF-8
exit "$status"
