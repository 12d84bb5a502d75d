# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a child does that runs a module's program in place of a Python of its own, on the controller and on servers.

Imports nothing of the collection: it goes to servers as text. Python 3.9 and newer.
"""

from __future__ import annotations

import atexit
import io
import os
import random
import sys
import threading
import types


def run(program: bytes) -> int:
    """Run a program as ``python`` would that reads it from its standard input; its exit status.

    Standard output and error are what the file descriptors 1 and 2 are by now.
    """
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    random.seed()
    sys.argv = ["-"]
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), "utf-8")
    for name, file, errors in (("stdout", 1, "surrogateescape"), ("stderr", 2, "backslashreplace")):
        setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(io.FileIO(file, "w", closefd=False)), "utf-8", errors))
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    try:
        exec(compile(program, "<stdin>", "exec"), main.__dict__)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return (end.code or 0) & 255
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def leave() -> None:
    """Do what Python does at its end, but for the parent's affairs."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
