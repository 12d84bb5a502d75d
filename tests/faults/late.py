"""What was made is not seen for some seconds, by no process of a run: as EC2 and IAM do it, and other services' lists.

Lists leave it out, and a request that names it is told that there is no such thing.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

#: Ends of the keys whose values name a thing.
NAMING = ("Id", "Arn", "ARN", "Name", "Identifier")
#: Actions that make something which has a name of its own.
MAKING = re.compile(r"Create(?!Tags)|Allocate|Request|Run|Import")
#: Services that refuse to change what they do not show yet; others know of it, only their lists do not.
STRICT = ("ec2", "iam")
#: Seconds for which a thing is not seen: two to five, differently for each.
LEAST, MOST = 2.0, 5.0

#: EC2's model names no errors. What it says of ids by their beginning, from its list of error codes.
EC2_CODES = {
    "vpc": "InvalidVpcID.NotFound",
    "subnet": "InvalidSubnetID.NotFound",
    "igw": "InvalidInternetGatewayID.NotFound",
    "rtb": "InvalidRouteTableID.NotFound",
    "acl": "InvalidNetworkAclID.NotFound",
    "sg": "InvalidGroup.NotFound",
    "eipalloc": "InvalidAllocationID.NotFound",
    "nat": "NatGatewayNotFound",
    "i": "InvalidInstanceID.NotFound",
    "vpce": "InvalidVpcEndpointId.NotFound",
}
NOT_THERE = re.compile(r"NotFound|NoSuch|NotExist|NonExist")


def names_in(answer: Any) -> set[str]:
    """Everything in an answer that names a thing."""
    if isinstance(answer, list):
        return {one for item in answer for one in names_in(item)}
    if not isinstance(answer, dict):
        return set()
    named = {value for key, value in answer.items() if isinstance(value, str) and key.endswith(NAMING)}
    return named | {one for key, value in answer.items() if key != "ResponseMetadata" for one in names_in(value)}


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


def asked_for(body: Any, url: str) -> set[str]:
    """The values by which a request names things itself; those of filters only choose among them."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else body if isinstance(body, str) else ""
    try:
        given = json.loads(text)
    except ValueError:
        pairs = parse_qsl(text)
        return {value for key, value in pairs if not key.startswith("Filter")} | set(unquote(url).split("/"))
    found: set[str] = set()
    pending = [value for key, value in given.items() if key not in ("Filters", "ParameterFilters")] if given else []
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            found.add(one)
        else:
            pending += one.values() if isinstance(one, dict) else one if isinstance(one, list) else []
    return found


class Late:
    """When each name was first heard of, in a directory that all processes of a run share."""

    def __init__(self, state: Path) -> None:
        self.state, self.clock = state, time.time
        state.mkdir(parents=True, exist_ok=True)

    def _file(self, name: str) -> Path:
        return self.state / hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()

    def _heard(self, names: set[str], made: bool) -> None:
        for name in names:
            file = self._file(name)
            share = int(file.name[:4], 16) / 0xFFFF
            try:
                with file.open("x") as new:
                    new.write(str(self.clock() + LEAST + (MOST - LEAST) * share if made else 0.0))
            except FileExistsError:
                continue

    def unseen(self, names: set[str]) -> set[str]:
        """Those of the names that are not seen yet."""
        now = self.clock()
        return {name for name in names if self._file(name).exists() and float(self._file(name).read_text() or 0) > now}

    def refused(self, service: str, operation: Any, reads: bool, body: Any, url: str) -> dict[str, Any] | None:
        """What the service says to a request that names something it does not show yet; None: nothing of the kind."""
        if not reads and service not in STRICT:
            return None
        hidden = sorted(self.unseen(asked_for(body, url)))
        if not hidden:
            return None
        codes = [one.name for one in operation.error_shapes if NOT_THERE.search(one.name)]
        code = EC2_CODES.get(hidden[0].partition("-")[0]) if service == "ec2" else next(iter(codes), None)
        code = {"NoSuchEntityException": "NoSuchEntity"}.get(code or "", code)
        if code is None:
            return None
        return {"Error": {"Code": code, "Message": f"{hidden[0]} does not exist"}}

    def seen(self, operation: Any, reads: bool, parsed: Any) -> Any:
        """What of an answer is seen."""
        names = names_in(parsed)
        if reads:
            self._heard(names, made=False)
            return without(parsed, self.unseen(names))
        self._heard(names, made=bool(MAKING.match(operation.name)))
        return parsed
