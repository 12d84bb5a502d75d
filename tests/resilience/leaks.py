"""Leaks: no secret of a run that says everything is in what it said, in a process list, or in a file that it left.

Secrets are those that the run made and those it was given. In each channel a leak is planted, which has to be found.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.e2e.account import STACK
from tests.e2e.canaries import ProcessWatch, secrets
from tests.e2e.lab import PROJECT, Lab
from tests.resilience import cloud, forms
from tests.resilience.record import Record

#: Seconds of the whole cloud part at -vvv, and the layers that make secrets where there is less time.
ALL, FEW = 500.0, "app,iam"
#: What the controller is given and tells nobody.
GIVEN = ("AWS_SECRET_ACCESS_KEY", "RAILYARD_SANDBOX_TOKEN")
#: Not a secret of anything: it is planted.
PLANTED = "canary-5f+1d/9c b7&e3=aa"
#: Bytes of a file that are looked at.
LIMIT = 8_000_000


def processes(watch: ProcessWatch) -> bytes:
    """Command lines of everything that ran, words kept apart."""
    return b"\n".join(line.replace(b"\0", b" ") for line in watch.seen)


def files(places: list[Path]) -> dict[str, bytes]:
    """What files below the places hold, by path."""
    held = {}
    for file in (file for place in places if place.exists() for file in place.rglob("*")):
        if file.is_file() and not file.is_symlink():
            with file.open("rb") as opened:
                held[str(file)] = opened.read(LIMIT)
    return held


def free_of(text: bytes, values: dict[str, str]) -> None:
    hits = forms.found(text, values)
    assert not hits, f"found: {hits}"


def files_free_of(places: list[Path], values: dict[str, str]) -> None:
    held = {path: hits for path, text in files(places).items() if (hits := forms.found(text, values))}
    assert not held, f"found: {held}"


def planted_text() -> None:
    """Each shape of a planted secret is found in a text, and in one whose lines were broken in its middle."""
    for name, shape in forms.forms(PLANTED).items():
        for text in (b"before " + shape + b" after", shape[:9] + b"\\\n    " + shape[9:]):
            assert forms.found(text, {PLANTED: "planted"}), f"a planted leak as {name} is not found in {text!r}"


def planted_process() -> None:
    """A secret among the words of a process is seen."""
    with ProcessWatch() as watch:
        subprocess.run([sys.executable, "-c", "import time; time.sleep(1)", PLANTED], check=True)
    assert forms.found(processes(watch), {PLANTED: "planted"}), "a planted leak in a command line is not found"


def planted_file(root: Path) -> None:
    """A secret in a file that a run leaves is seen."""
    place = root / "planted"
    place.mkdir()
    (place / "left").write_text(f"password: {PLANTED}\n")
    assert forms.found(files([place])[str(place / "left")], {PLANTED: "planted"}), (
        "a planted leak in a file is not found"
    )


def planted_run(lab: Lab, log: Path, environment: dict[str, str]) -> None:
    """A task that says a secret is seen in the run's words, its log and its processes."""
    say = json.dumps({"argv": ["/bin/echo", PLANTED]})
    with ProcessWatch() as watch:
        done = lab.command(
            *("ansible", "localhost", "--inventory", "localhost,", "--connection", "local", "-vvv"),
            *("-m", "ansible.builtin.command", "-a", say),
            environment=environment,
        )
    assert done.returncode == 0, done.stdout
    for channel, text in (
        ("words", done.stdout.encode()),
        ("log", log.read_bytes()),
        ("processes", processes(watch)),
    ):
        assert forms.found(text, {PLANTED: "planted"}), f"a planted leak is not found in the run's {channel}"


def looked(said: dict[str, bytes], log: Path, watch: ProcessWatch) -> None:
    """The runs said everything, and were watched."""
    assert not [name for name, text in said.items() if b"invocation" not in text], "a run did not say everything"
    assert log.stat().st_size > 50_000, "the log has little of the runs"
    assert b"playbooks/teardown.yml" in processes(watch), "the watch did not see the runs"


def prove(record: Record) -> None:
    whole = record.time_for(ALL)
    playbooks = cloud.PLAYBOOKS if whole else cloud.PLAYBOOKS[:1]
    tags = () if whole else ("--tags", FEW)
    with cloud.account(record) as lab:
        said: dict[str, bytes] = {}
        log, temporary = lab.root / "ansible.log", lab.root / "tmp"
        temporary.mkdir()
        environment = {"ANSIBLE_LOG_PATH": str(log), "TMPDIR": str(temporary)}

        def run(name: str, playbook: str, *arguments: str) -> None:
            done = lab.playbook(name, playbook, *arguments, "-vvv", "--diff", environment=environment, timeout=1800)
            said[name] = done.text.encode()

        with ProcessWatch() as watch:
            for number, playbook in enumerate(playbooks):
                run(f"build-{number}", playbook, *tags)
            run("plan", playbooks[0], *tags, "--check")
            values = _secrets(lab)
            run("teardown", "playbooks/teardown.yml", "-e", f"confirm={STACK}", "-e", "rds_deletion_protection=false")
        record.attempt("there are secrets to look for", partial(_enough, values))
        record.attempt("the runs said everything", partial(looked, said, log, watch))
        for name, text in said.items():
            record.attempt(f"what {name} said", partial(free_of, text, values))
        record.attempt("the process list", partial(free_of, processes(watch), values))
        places = {
            "the log": [log],
            "temporary files": [temporary, lab.home],
            "facts and caches": [lab.root / "facts", PROJECT / ".cache"],
            "state": [Path(lab.environment["RAILYARD_STATE_DIR"])],
        }
        for name, where in places.items():
            record.attempt(name, partial(_files_and_file, where, values))
        plants: dict[str, Callable[[], None]] = {
            "text": planted_text,
            "process list": planted_process,
            "file": partial(planted_file, lab.root),
            "run": partial(planted_run, lab, log, environment),
        }
        for name, plant in plants.items():
            record.attempt(f"a planted leak is found: {name}", plant)


def _secrets(lab: Lab) -> dict[str, str]:
    return {lab.environment[name]: name for name in GIVEN} | secrets(lab)


def _enough(values: dict[str, str]) -> None:
    assert len(values) > len(GIVEN), f"the run made no secret: {sorted(values.values())}"


def _files_and_file(places: list[Path], values: dict[str, str]) -> None:
    files_free_of([place for place in places if place.is_dir()], values)
    for place in places:
        if place.is_file():
            free_of(place.read_bytes(), values)
