# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ``main()`` of a module that keeps files of a server."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError


@contextmanager
def named(what: str) -> Iterator[None]:
    """Say of an error of the file system what could not be done: ``what``, to the colon. Raises ResourceError."""
    try:
        yield
    except OSError as error:
        reason = "the file system is read-only" if error.errno == errno.EROFS else error
        raise ResourceError(f"{what}: {reason}") from error


def commands(module: AnsibleModule) -> Callable[[Sequence[str], bool], str]:
    """What runs a command, its words, and returns what it printed; it raises ResourceError for one that fails where a failure is one."""

    def command(words: Sequence[str], strict: bool) -> str:
        code, out, error = module.run_command(list(words))
        if code != 0 and strict:
            raise ResourceError(f"`{' '.join(words)}` says: {(error or out).strip()}.")
        return str(out)

    return command


def run(arguments: dict[str, Any], keep: Callable[[AnsibleModule], dict[str, Any]]) -> None:
    """Do what the module's arguments ask for, and end.

    :arg keep: does it, or in check mode only plans it; returns what exit_json says. May raise ResourceError.
    """
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    try:
        result = keep(module)
    except ResourceError as error:
        module.fail_json(msg=str(error))
    module.exit_json(**result)
