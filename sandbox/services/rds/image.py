"""The images that databases run from, MariaDB and PostgreSQL of Debian: built only when the account has such a one."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.core.settings import Settings
from sandbox.hosts import image

REPOSITORY = "localhost/railyard-database"

#: Who the server runs as, and its administrator: the server knows who connects to its socket. A number that no
#: user of the machine has, because the files are the machine's too.
USER = "rdsadmin"
UID = 21306

#: Where the database's directory is in the container.
DIRECTORY = "/database"

#: Start of the container. A directory that is filled beside and then renamed is whole after a kill.
SERVE = f"""\
#!/bin/sh
set -eu
umask 077
exec 2>&1
cd {DIRECTORY}
if [ ! -d data ]; then
    rm -rf data.new
    mariadb-install-db --no-defaults --datadir={DIRECTORY}/data.new --auth-root-authentication-method=socket \\
        --auth-root-socket-user={USER} --skip-test-db --skip-name-resolve --force \\
        --innodb-buffer-pool-size=32M > log/install.log
    mv data.new data
fi
exec mariadbd --defaults-file={DIRECTORY}/my.cnf
"""

#: PostgreSQL waits for its clients when it is told to end; told to interrupt, it ends them and writes all down.
SERVE_POSTGRES = f"""\
#!/bin/sh
set -eu
umask 077
exec 2>&1
cd {DIRECTORY}
PATH=$(echo /usr/lib/postgresql/*/bin):$PATH
if [ ! -d data ]; then
    rm -rf data.new
    initdb --pgdata={DIRECTORY}/data.new --username={USER} --encoding=UTF8 --locale=C.UTF-8 --auth=peer --no-sync \\
        > log/install.log
    sync -f data.new
    mv data.new data
fi
rm -f data/postmaster.pid
postgres -D {DIRECTORY}/data -c config_file={DIRECTORY}/postgresql.conf &
server=$!
trap 'kill -INT $server' TERM INT
wait $server || true
trap '' TERM INT
wait $server
"""

_SETUP = f"""\
set -eu
groupadd --system --gid {UID} {USER}
useradd --system --gid {UID} --no-create-home --shell /usr/sbin/nologin --uid {UID} {USER}
install -d -m 755 {DIRECTORY}
"""

RECIPE = image.Recipe(
    title="databases' image",
    repository=REPOSITORY,
    packages=("mariadb-client", "mariadb-server-core", "tzdata"),
    files={"usr/local/bin/serve-database": (0o755, SERVE)},
    setup=_SETUP,
)
POSTGRES = image.Recipe(
    title="image of databases of PostgreSQL",
    repository=f"{REPOSITORY}-postgres",
    packages=("postgresql", "tzdata"),
    files={"usr/local/bin/serve-database": (0o755, SERVE_POSTGRES)},
    # Without the cluster that the package makes.
    setup=f"{_SETUP}rm -rf /var/lib/postgresql/* /etc/postgresql/*\n",
)


def ensure(settings: Settings, report: Callable[[str], object] = print, recipe: image.Recipe = RECIPE) -> str:
    """Return the image's reference, building it first when the cache does not hold it.

    Raises ``sources.NoSources`` and ``CommandError``.
    """
    return image.ensure(settings, report, recipe)
