# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ``main()`` of a module that keeps one resource."""

from __future__ import annotations

from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Resource


def run(resource: type[Resource], arguments: dict[str, Any], **more: Any) -> None:
    """Keep the resource as the module's arguments describe it, and end.

    :arg more: arguments of AnsibleAWSModule.
    """
    module = AnsibleAWSModule(argument_spec=arguments, supports_check_mode=True, **more)
    client = module.client(resource.service, retry_decorator=AWSRetry.jittered_backoff(**resource.retry))
    # Not those that every module has, which are about the connection and hold credentials.
    kept = resource(client, {option: module.params[option] for option in arguments}, module.check_mode, module)
    try:
        result = kept.ensure()
    except ResourceError as error:
        module.fail_json(msg=str(error))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg=f"{kept.title} could not be kept")
    for warning in kept.warnings:
        module.warn(warning)
    module.exit_json(**result)
