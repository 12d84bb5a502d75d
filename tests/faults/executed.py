"""The first call of each changing action is carried out and then answered with a failure, as AWS does now and then.

Installed into botocore, it reaches every client of a process, ours and those of amazon.aws's modules. Whether an action
had its failure already is kept in a directory, so that the many processes of a run share it.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any

#: Actions that only read begin so, and those that prove who asks.
READING = re.compile(r"Describe|List|Get|Head|Lookup|Search|Check|BatchGet|Simulate|Assume|Select|Filter|Test")

ANSWER = "InternalError"
#: Ends of the keys whose values name a thing, and for how many looks of its service a new one is not seen.
NAMING = ("Id", "Arn", "ARN", "Name", "Identifier")
LOOKS = 3


class Empty(io.BytesIO):
    """A body without anything in it, as botocore reads bodies."""

    def stream(self) -> Any:
        return iter(())


def ids_of(answer: Any) -> set[str]:
    """Everything in an answer that names a thing."""
    if isinstance(answer, list):
        return {one for item in answer for one in ids_of(item)}
    if not isinstance(answer, dict):
        return set()
    named = {value for key, value in answer.items() if isinstance(value, str) and key.endswith(NAMING)}
    return named | {one for value in answer.values() for one in ids_of(value)}


def without(answer: Any, unseen: set[str]) -> Any:
    """An answer whose lists lack what is not seen yet."""
    if isinstance(answer, list):
        kept = (
            [item for item in answer if item not in unseen] if all(isinstance(item, str) for item in answer) else answer
        )
        return [
            without(item, unseen)
            for item in kept
            if not (isinstance(item, dict) and unseen & {value for value in item.values() if isinstance(value, str)})
        ]
    if isinstance(answer, dict):
        return {key: value if key == "ResponseMetadata" else without(value, unseen) for key, value in answer.items()}
    return answer


class Faults:
    """``kind`` is ``answer`` (a 500), ``drop`` (the connection ends) or ``lag`` (what was made is not seen at once).

    ``only`` names the actions, all changing ones if None. What lags is known to one process only.
    """

    def __init__(self, state: Path, kind: str = "answer", only: set[str] | None = None) -> None:
        self.state, self.kind, self.only = state, kind, only
        self.unseen: dict[str, tuple[set[str], int]] = {}
        state.mkdir(parents=True, exist_ok=True)

    def due(self, service: str, action: str) -> bool:
        """Whether this is the action's first call of the run. Asking uses it up."""
        if READING.match(action) or (self.only is not None and action not in self.only):
            return False
        try:
            (self.state / f"{service}.{action}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def seen(self) -> set[str]:
        """The actions that had their failure, as ``service.Action``."""
        return {path.name for path in self.state.iterdir()}

    def looked(self, service: str, parsed: Any) -> Any:
        """What a look sees of what it would see."""
        unseen, left = self.unseen.get(service, (set(), 0))
        if not left:
            return parsed
        self.unseen[service] = (unseen, left - 1)
        return without(parsed, unseen)

    def answered(self, answer: tuple[Any, Any], operation: Any, url: str) -> tuple[Any, Any]:
        """What the caller gets in place of ``answer``, botocore's pair of (response and parsed body) and exception."""
        from botocore.awsrequest import AWSResponse
        from botocore.exceptions import ConnectionClosedError

        response, _exception = answer
        # Refusals stay as they are: nothing was carried out.
        if response is None or response[0].status_code >= 300:
            return answer
        service = operation.service_model.service_name
        if self.kind == "lag" and READING.match(operation.name):
            return (response[0], self.looked(service, response[1])), None
        if not self.due(service, operation.name):
            return answer
        if self.kind == "lag":
            self.unseen[service] = (ids_of(response[1]), LOOKS)
            return answer
        if self.kind == "drop":
            return None, ConnectionClosedError(endpoint_url=url)
        parsed = {
            "Error": {"Code": ANSWER, "Message": f"{operation.name} was carried out, then answered with this"},
            "ResponseMetadata": {"HTTPStatusCode": 500, "HTTPHeaders": {}, "RetryAttempts": 0},
        }
        return (AWSResponse(url, 500, {}, Empty()), parsed), None


def install(faults: Faults, endpoint: Any) -> Any:
    """Put the faults into ``endpoint``, the module ``botocore.endpoint``; returns what takes them out again."""
    original = endpoint.Endpoint._do_get_response

    def _do_get_response(self: Any, request: Any, operation_model: Any, context: Any) -> Any:
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
    only = os.environ.get("RAILYARD_FAULTS_ONLY")
    return Faults(state, kind, set(only.split(",")) if only else None)
