"""The first call of each changing action is carried out and then answered with a failure, as AWS does now and then.

Installed into botocore, it reaches every client of a process, ours and those of amazon.aws's modules. Whether an action
had its failure already is kept in a directory, so that the many processes of a run share it.
"""

from __future__ import annotations

import io
import os
import re
import time
from pathlib import Path
from typing import Any

from .crash import Crash
from .day import REFUSALS, SLOW, Day
from .late import Late, names_in, without

#: Actions that only read begin so, and those that prove who asks.
READING = re.compile(r"Describe|List|Get|Head|Lookup|Search|Check|BatchGet|Simulate|Assume|Select|Filter|Test")

ANSWER = "InternalError"
#: For how many looks of its service a new thing is not seen.
LOOKS = 3


class Empty(io.BytesIO):
    """A body without anything in it, as botocore reads bodies."""

    def stream(self) -> Any:
        return iter(())


class Faults:
    """``kind`` is ``answer`` (a 500), ``drop`` (the connection ends) or ``lag`` (what was made is not seen at once).

    ``only`` names the actions, all changing ones if None. What lags is known to one process only; ``late`` makes every
    process of the run wait, whatever the kind. ``day`` decides the kind for each action, of reading ones too. ``crash``
    ends the run, and is the only fault then.
    """

    def __init__(
        self,
        state: Path,
        kind: str = "answer",
        only: set[str] | None = None,
        late: bool = False,
        day: Day | None = None,
        crash: Crash | None = None,
    ) -> None:
        self.late = Late(state / "late") if late else None
        self.day, self.crash = day, crash
        self.state, self.kind, self.only = state, kind, only
        self.unseen: dict[str, tuple[set[str], int]] = {}
        state.mkdir(parents=True, exist_ok=True)

    def due(self, service: str, action: str) -> bool:
        """Whether this is the action's first call of the run. Asking uses it up."""
        if READING.match(action) or (self.only is not None and action not in self.only):
            return False
        return self._first(f"{service}.{action}")

    def _first(self, name: str) -> bool:
        try:
            (self.state / name).touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def kind_of(self, service: str, action: str) -> str:
        """The fault of an action."""
        return self.day.kind(service, action, bool(READING.match(action))) if self.day else self.kind

    def seen(self) -> set[str]:
        """The actions that had their failure, as ``service.Action``."""
        return {path.name.partition("+")[0] for path in self.state.iterdir() if path.is_file()}

    def looked(self, service: str, parsed: Any) -> Any:
        """What a look sees of what it would see."""
        unseen, left = self.unseen.get(service, (set(), 0))
        if not left:
            return parsed
        self.unseen[service] = (unseen, left - 1)
        return without(parsed, unseen)

    def answered(self, answer: tuple[Any, Any], operation: Any, url: str) -> tuple[Any, Any]:
        """What the caller gets in place of ``answer``, botocore's pair of (response and parsed body) and exception."""
        from botocore.exceptions import ConnectionClosedError

        response, _exception = answer
        # Refusals stay as they are: nothing was carried out.
        if response is None or response[0].status_code >= 300:
            return answer
        service = operation.service_model.service_name
        if self.crash:
            if not READING.match(operation.name):
                self.crash.changed(service, operation.name)
            return answer
        if self.late:
            answer = (response[0], self.late.seen(operation, bool(READING.match(operation.name)), response[1])), None
        if self.kind == "lag" and READING.match(operation.name):
            return (response[0], self.looked(service, response[1])), None
        kind = self.kind_of(service, operation.name)
        if kind == "slow" and self._first(f"{service}.{operation.name}"):
            time.sleep(SLOW)
        if kind in ("slow", "throttle", "unavailable", "") or not self.due(service, operation.name):
            return answer
        if kind == "lag":
            self.unseen[service] = (names_in(response[1]), LOOKS)
            return answer
        if kind == "drop":
            return None, ConnectionClosedError(endpoint_url=url)
        said = {"Error": {"Code": ANSWER, "Message": f"{operation.name} was carried out, then answered with this"}}
        return error(url, 500, said), None

    def refused(self, request: Any, operation: Any) -> tuple[Any, Any] | None:
        """What the caller gets for a request that is not carried out; None: it is."""
        reads = bool(READING.match(operation.name))
        service = operation.service_model.service_name
        if self.day and (refusal := self.day.refusal(self.kind_of(service, operation.name), service)):
            for number in range(REFUSALS):
                if self._first(f"{service}.{operation.name}+{number}"):
                    status, code = refusal
                    words = {"Code": code, "Message": f"{operation.name} was refused, try again"}
                    return error(request.url, status, {"Error": words}), None
        said = self.late and self.late.refused(service, operation, reads, request.body, request.url)
        return (error(request.url, 400, said), None) if said else None


def error(url: str, status: int, said: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """An answer with an error, as botocore reads one."""
    from botocore.awsrequest import AWSResponse

    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return AWSResponse(url, status, {}, Empty()), {**said, "ResponseMetadata": metadata}


def install(faults: Faults, endpoint: Any) -> Any:
    """Put the faults into ``endpoint``, the module ``botocore.endpoint``; returns what takes them out again."""
    original = endpoint.Endpoint._do_get_response

    def _do_get_response(self: Any, request: Any, operation_model: Any, context: Any) -> Any:
        refused = faults.refused(request, operation_model)
        if refused is not None:
            return refused
        return faults.answered(original(self, request, operation_model, context), operation_model, request.url)

    endpoint.Endpoint._do_get_response = _do_get_response

    def remove() -> None:
        endpoint.Endpoint._do_get_response = original

    return remove


def from_environment() -> Faults | None:
    """Faults as the environment of a run's processes asks for them."""
    if "RAILYARD_FAULTS" not in os.environ:
        return None
    state, kind = Path(os.environ["RAILYARD_FAULTS"]), os.environ.get("RAILYARD_FAULTS_KIND", "answer")
    only, seed, after = (os.environ.get(f"RAILYARD_FAULTS_{name}") for name in ("ONLY", "DAY", "CRASH"))
    return Faults(
        state,
        kind,
        set(only.split(",")) if only else None,
        late="RAILYARD_FAULTS_LATE" in os.environ,
        day=Day(seed) if seed else None,
        crash=Crash(state, int(after)) if after else None,
    )
