"""The image that databases run from: MariaDB of Debian, built only when the account has a database."""

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

RECIPE = image.Recipe(
    title="databases' image",
    repository=REPOSITORY,
    packages=("mariadb-client", "mariadb-server-core", "tzdata"),
    files={"usr/local/bin/serve-database": (0o755, SERVE)},
    setup=f"""\
set -eu
groupadd --system --gid {UID} {USER}
useradd --system --gid {UID} --no-create-home --shell /usr/sbin/nologin --uid {UID} {USER}
install -d -m 755 {DIRECTORY}
""",
)


def ensure(settings: Settings, report: Callable[[str], object] = print) -> str:
    """Return the image's reference, building it first when the cache does not hold it.

    Raises ``sources.NoSources`` and ``CommandError``.
    """
    return image.ensure(settings, report, RECIPE)
