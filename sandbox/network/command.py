"""Running a command of the machine, and saying readably why one failed."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Mapping, Sequence

#: Lines of a failed command's input that an error still shows.
_SHOWN_INPUT = 40


class CommandError(RuntimeError):
    """A command ended with another exit code than 0; the message shows command, code and what it said."""

    def __init__(self, argv: Sequence[str], code: int | str, stderr: str, stdin: str | None = None) -> None:
        self.argv = tuple(argv)
        self.code = code
        self.stderr = stderr.strip()
        lines = [f"`{shlex.join(argv)}` ended with {code}: {self.stderr or 'no message'}"]
        if stdin and stdin.count("\n") <= _SHOWN_INPUT:
            lines += ["its input was:", *(f"  {n:3} {line}" for n, line in enumerate(stdin.splitlines(), 1))]
        super().__init__("\n".join(lines))


def run(
    argv: Sequence[str],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 120,
) -> str:
    """Run ``argv`` and return its standard output.

    ``timeout`` is in seconds. Raises ``CommandError`` for an exit code other than 0, for a command that
    does not exist and for one that does not end in time.
    """
    try:
        done = subprocess.run(
            list(argv), input=stdin, env=env, timeout=timeout, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        raise CommandError(argv, "not found", f"install the package that has {argv[0]}") from None
    except subprocess.TimeoutExpired:
        raise CommandError(argv, "no answer", f"stopped after {timeout:g} s") from None
    if done.returncode:
        raise CommandError(argv, done.returncode, done.stderr or done.stdout, stdin)
    return done.stdout
