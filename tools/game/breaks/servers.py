"""Files that somebody edited on one server, where the other has still what the roles wrote."""

from __future__ import annotations

from collections.abc import Callable

from tools.game.place import Place

SERVER = "web02"
SITE = "/etc/nginx/conf.d/rails.conf"
ENVIRONMENT = "/etc/railyard/app.env"


def file(path: str) -> Callable[[Place], str]:
    """Look at a file by its digest: its lines may be secrets."""

    def look(place: Place) -> str:
        return place.on(SERVER, f"sha256sum {path}").split()[0]

    return look


def nginx_at_another_port(place: Place) -> None:
    """Somebody tried something and forgot it."""
    place.on(SERVER, f"sed -i -E 's/^( *listen .*)3000/\\18080/' {SITE} && nginx -t -q && systemctl restart nginx")


def database_of_another_name(place: Place) -> None:
    """Somebody pointed the application at a database that is not there, and started it anew."""
    place.on(
        SERVER,
        f"sed -i -E '/^DATABASE_URL=/s/@[^:\\/]+/@old-db.{place.names.private_zone}/' {ENVIRONMENT}"
        " && systemctl restart puma.service || true",
    )
