# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which failures of a task another look at the account mends. Pure.

AWS may carry a request out and answer with an error: the SDK repeats it and hears that the thing exists already. And it
may not show for some seconds what it has just made, to which modules answer in many ways.
"""

from __future__ import annotations

import re
from typing import Any

#: What is looked for in a message, and what it says of AWS. Error codes are those of the services' models.
SIGNS: tuple[tuple[str, str], ...] = (
    (
        # BucketAlreadyExists is another account's bucket.
        r"\((?!BucketAlreadyExists\b)\w*(Already(Exists?|OwnedByYou|Assigned|Associated|InUse)|ResourceExists|Duplicate)\w*\)"
        r"|\(\w+\.(Duplicate|AlreadyExists|AlreadyAssociated|Conflict)\)|InstanceSessionsPerInstanceProfile",
        "it exists already: an earlier request was carried out though its answer was an error",
    ),
    (
        r"\(\w*(NoSuch|NotFound|DoesNotExist|NonExistent|CannotFind)\w*\)|\(\w+\.(NotFound|Malformed)\)|\(404\)"
        # sns_topic, of a topic that the list does not have yet.
        r"|SNS topics not owned by this account",
        "AWS does not show yet what was just made",
    ),
    (
        r"\((Internal(Error|Failure|ServiceError\w*|ServerError)|(Service)?Unavailable\w*|500|503)\)"
        r"|Connection was closed before|Connection reset|Read timeout|ConnectionClosedError|RemoteDisconnected",
        "AWS answers with errors",
    ),
    (
        # Ansible's words for a module that ended in an exception; of some, such as StopIteration, nothing else is left.
        r"^Task failed: Module failed|MODULE FAILURE|object has no attribute|not subscriptable|is not iterable|list index out of range|unpack non-iterable"
        r"|KeyError|IndexError|TypeError|AttributeError|UnboundLocalError|StopIteration|not be understood",
        "a module did not understand an answer of AWS, which may not show yet what was just made",
    ),
    (
        # ec2_security_group, of a group that exists already: nothing else is left of AWS's answer.
        r"(?:^|: )Failed to [a-z ]+$",
        "a module keeps to itself why AWS refused, such as that it exists already",
    ),
)


def messages(result: Any) -> list[str]:
    """The messages of a failed task's result, those of its items too."""
    if not isinstance(result, dict):
        return []
    items = [one for one in result.get("results") or [] if isinstance(one, dict) and one.get("failed")]
    found = [text for one in items for text in messages(one)]
    return found or ([str(result["msg"])] if result.get("msg") else [])


def passing_failure(result: Any) -> str:
    """Why beginning again is likely to help; empty when it is not: then a person has to mend what the message names."""
    texts = messages(result)
    signs = [next((why for sign, why in SIGNS if re.search(sign, text)), "") for text in texts]
    return signs[0] if signs and all(signs) else ""


#: A module's exception that it did not catch itself.
CRASH = re.compile(r"^(?:Task failed: Module failed|MODULE FAILURE)[.:]?\s*")


def _told(text: str) -> str:
    """A message as a person takes it: a bare error of Python says nothing of what to do."""
    if not CRASH.match(text):
        return text.strip()
    said = CRASH.sub("", text).strip() or "no reason given"
    return (
        f"A module did not understand an answer of AWS ({said}), which may not show yet what was just made: run the same command "
        "again, which goes on where this one stopped. If it comes again, report it with what -vvv shows."
    )


def failure_message(result: Any) -> str:
    """The message of a failure, for people who have lost sight of the task that failed."""
    return " ".join(dict.fromkeys(_told(text) for text in messages(result))) or "The task above failed."
