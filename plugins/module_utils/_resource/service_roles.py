# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Service-linked roles: AWS makes one at the first use of a service in an account, and refuses that use while it does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TypeVar

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

Answer = TypeVar("Answer")

#: Seconds between attempts. IAM's news takes some ten seconds to be known everywhere, seldom a minute.
PAUSES = (5, 10, 15, 20, 30)
#: What the services say of a role that is not there yet: RDS by its text, ElastiCache by the error's code too.
_CODES = ("ServiceLinkedRoleNotFoundFault", "ServiceLinkedRoleNotFound")
_WORDS = re.compile(r"service[- ]linked role", re.IGNORECASE)
#: A person without the right to make it will not get it by waiting.
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")


def refuses_role(error: ClientError) -> bool:
    """Whether AWS refuses for want of the service's role, which it may be making."""
    said = error.response.get("Error") or {}
    if said.get("Code") in _DENIED:
        return False
    return said.get("Code") in _CODES or bool(_WORDS.search(said.get("Message") or ""))


def once_the_role_is_there(create: Callable[[], Answer], service: str) -> Answer:
    """What ``create`` answers, asked again while AWS makes the service's role.

    :arg service: name of the service in IAM, ``rds.amazonaws.com``.
    Raises ResourceError when AWS goes on refusing, botocore's other errors at once.
    """
    for pause in (*PAUSES, None):
        try:
            return create()
        except ClientError as error:
            if not refuses_role(error):
                raise
            if pause is None:
                raise ResourceError(
                    f"AWS has no service-linked role of {service} in this account and made none in {sum(PAUSES)} s:"
                    f" {error.response['Error'].get('Message')} Somebody who may has to make it, once for the account:"
                    f" `aws iam create-service-linked-role --aws-service-name {service}`; or these credentials need"
                    " iam:CreateServiceLinkedRole. Then run the same command again."
                ) from error
        time.sleep(pause)
    raise AssertionError("the last attempt returns or raises")
