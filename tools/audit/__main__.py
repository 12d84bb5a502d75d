"""``make audit``: words come from ARGS, as those of the verbs do."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from tools.audit import explained as list_of
from tools.audit import table
from tools.audit.judges import JUDGES
from tools.audit.place import Place
from tools.audit.verdict import Finding, Verdict
from tools.verbs import words as reading
from tools.verbs.trouble import Trouble

USAGE = 'make audit ARGS="[JUDGE...] [--without JUDGE] [-e VARIABLE]"'


def chosen(asked: Sequence[str], without: Sequence[str]) -> list[str]:
    """Names of the judges that are to speak, in their order. Raises Trouble for one that does not exist."""
    for name in (*asked, *without):
        if name not in JUDGES:
            raise Trouble(f"'{name}' is no judge; those that there are: {', '.join(JUDGES)}.")
    return [name for name in JUDGES if name not in without and (not asked or name in asked)]


def heard(place: Place, name: str) -> list[Verdict]:
    """What one judge says. One that could not be heard is not content, and the others are asked all the same."""
    print(f"{name} looks ...", file=sys.stderr, flush=True)
    found: list[Verdict] = []
    try:
        found.extend(JUDGES[name](place))
    except Trouble as trouble:
        found.append(Verdict(name, "-", "not heard", (Finding("not heard", str(trouble)),)))
    return found


def audit(words: Sequence[str]) -> int:
    """0 when every judge is content, else 1. Raises Trouble for wrong words or where no stack stands."""
    parser = argparse.ArgumentParser(prog="make audit", usage=USAGE)
    parser.add_argument("judges", nargs="*", metavar="JUDGE", help=f"all, or some of {', '.join(JUDGES)}")
    parser.add_argument("--without", action="append", default=[], metavar="JUDGE", help="leave this one out")
    parser.add_argument(
        "-e", "--extra-vars", action="append", default=[], metavar="VARIABLE", help="as for ansible-playbook"
    )
    options = parser.parse_args(words)
    names = chosen(options.judges, options.without)
    explained = list_of.holding(list_of.read(), sandbox="AWS_ENDPOINT_URL" in os.environ)
    place = Place(options.extra_vars)
    _servers = place.jump, place.web
    verdicts = [one for name in names for one in heard(place, name)]
    print("\n".join(["", *table.lines(verdicts, explained)]))
    if complaints := table.complaints(verdicts, explained):
        print("\n".join(["", *complaints]))
        return 1
    return 0


def main(argv: Sequence[str]) -> int:
    """Returns the exit status."""
    given = list(argv)
    try:
        if given[:1] == ["--make"]:
            # make would have given them to a shell.
            given = reading.split(os.environ.get("ARGS", ""))
        return audit(given)
    except Trouble as trouble:
        print(trouble, file=sys.stderr)
        return trouble.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
