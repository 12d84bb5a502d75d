# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the files and units of servers that roles write, remove, or pass on to a program as root."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, entries, entry_problems, form_problems, shown

Inputs = dict[str, Any]

#: A path of parts that are no ways up.
PATH = r"(?!.*/\.{1,2}(?:/|$))(?:/[A-Za-z0-9._@+-]+)+"
_UMASK = r"0?[0-7]{3}"
_SERVICE = r"[A-Za-z0-9@._:-]+\.service"
_COMMAND = r"|[^\x00-\x1f\x7f]+"
# Root writes the one anew and removes the other, so neither is a file of the system's.
_ENVIRONMENT = r"(?!/(?:dev|proc|run|sys|tmp|var/tmp)/)(?=(?:/[^/]+){3,}$)" + PATH + r"(?<=[./]env)"
_MAINTENANCE = r"(?=/(?:var/lib|run|srv|opt)/[^/]+/)" + PATH
_SOCKET = r"(?!/(?:tmp|var/tmp|dev|etc|proc|sys|home|root)/)" + PATH
#: The name of a socket has 108 bytes with the one that ends it, and puma's others get a word more: `-main`.
LONGEST_SOCKET = 107 - len("-main")

_FORMS = (
    *(
        Form(name, _ENVIRONMENT, "a file in a directory of its own whose name ends in env, such as /etc/railyard/app.env: root writes it anew")
        for name in ("railyard_app_environment_file", "app_environment_file", "puma_environment_file", "processes_environment_file")
    ),
    Form("nginx_maintenance_file", _MAINTENANCE, "a file in a directory of its own below /var/lib, such as /var/lib/railyard/page: deployments remove it"),
    *(Form(name, _UMASK, "three octal digits in quotes, such as '0027'") for name in ("puma_umask", "processes_umask")),
    *(Form(name, _SERVICE, "the whole name of a service, such as puma.service") for name in ("puma_unit", "app_unit")),
    *(Form(name, _COMMAND, "a command in one line, or nothing for none") for name in ("app_assets_command", "app_migrate_command")),
    Form("app_release", r"|[A-Za-z0-9][A-Za-z0-9._-]*", "the name of a release as `make releases` shows it, or nothing"),
    Form("puma_socket_group", r"|[a-z_][a-z0-9_-]{0,31}", "a group of the server, such as nginx, or nothing for that of nginx"),
)
_RANGES = (
    Range("processes_watch", 1, 3600, "a number of seconds", "10"),
    Range("processes_restart_delay", 0, 3600, "a number of seconds", "5"),
    Range("processes_limit_files", 256, 1048576, "a number of files", "65536"),
    Range("processes_limit_tasks", 16, 1000000, "a number of processes and threads", "512"),
)
_KEPT = tuple(f"{role}_kept_files" for role in ("railyard", "common", "jump", "nginx", "puma", "processes", "rbenv", "cloudwatch_agent"))
_ENTRIES = (
    *(Form(name, PATH, "absolute paths of letters, digits and ._@+-, such as /etc/systemd/system/nginx.service.d/own.conf") for name in _KEPT),
    *(
        Form(name, r"(?!.*/\.\.)(?:/[A-Za-z0-9._@+*-]+)+", "absolute paths as nginx includes them, such as /etc/nginx/own/*.conf")
        for name in ("nginx_main_includes", "nginx_http_includes")
    ),
    *(
        Form(name, r"(?!/(?:bin|boot|dev|etc|lib|lib64|proc|root|sbin|sys|usr)(?:/|$))" + PATH, "directories for the application's files, such as /srv/files")
        for name in ("puma_writable_paths", "processes_writable_paths")
    ),
    Form("common_metadata_users", r"[a-z_][a-z0-9_-]{0,31}", "names of users, such as root"),
    Form("app_includes", r"(?!/)(?!.*\.\.)\S+", "patterns from the application's root, such as config/*.crt"),
)
_PORTS = ("common_ssh_permit_open", "jump_permit_open", "jump_listeners")


def server_file_problems(inputs: Inputs) -> list[str]:
    """All problems of this topic."""
    return [
        *form_problems(inputs, _FORMS, _RANGES),
        *entry_problems(inputs, _ENTRIES),
        *_socket_problems(inputs),
        *_port_problems(inputs),
        *_open_problems(inputs),
    ]


def _open_problems(inputs: Inputs) -> list[str]:
    """An environment, passwords and all, below the application: a release could put another in its place, and nginx serve it."""
    name, app = "railyard_app_environment_file", str(inputs.get("railyard_app_path"))
    path = str(inputs.get(name))
    if not path.startswith((f"{app}/", f"{app}.d/")):
        return []
    return [f"{name} is '{shown(path)}', which lies in the application (railyard_app_path); write another place, such as /etc/railyard/app.env."]


def _socket_problems(inputs: Inputs) -> list[str]:
    problems = []
    for name in ("railyard_app_socket", "app_socket", "nginx_app_socket", "puma_socket"):
        path = str(inputs.get(name, "/run/puma/puma.sock"))
        if path.startswith("/") and not re.fullmatch(_SOCKET, path):
            problems.append(
                f"{name} is '{shown(path)}', where nginx finds no socket, or which is none of the application's; write one such as /run/puma/puma.sock."
            )
        elif len(path) > LONGEST_SOCKET:
            problems.append(
                f"{name} is '{shown(path)}', {len(path)} characters; Linux takes {LONGEST_SOCKET} with what is put to it: write a shorter one, "
                "such as /run/puma/puma.sock."
            )
    return problems


def _port_problems(inputs: Inputs) -> list[str]:
    return [
        f"{name} has '{shown(one)}', and ports end at 65535; write one such as {'tcp/22' if name == 'jump_listeners' else '*:22'}."
        for name in _PORTS
        for one in entries(inputs, name)
        if (found := re.search(r"\d+$", str(one))) and not 1 <= int(found[0]) <= 65535
    ]
