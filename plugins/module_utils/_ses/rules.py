# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receipt rules in the words of the module's options and in those of the API."""

from __future__ import annotations

from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: Kind of action -> (key of the API, {option: key}).
ACTIONS = {
    "s3": (
        "S3Action",
        {
            "bucket": "BucketName",
            "prefix": "ObjectKeyPrefix",
            "topic_arn": "TopicArn",
            "kms_key_arn": "KmsKeyArn",
            "role_arn": "IamRoleArn",
        },
    ),
    "sns": ("SNSAction", {"topic_arn": "TopicArn", "encoding": "Encoding"}),
    "lambda": ("LambdaAction", {"function_arn": "FunctionArn", "invocation": "InvocationType", "topic_arn": "TopicArn"}),
    "bounce": (
        "BounceAction",
        {
            "smtp_reply_code": "SmtpReplyCode",
            "status_code": "StatusCode",
            "bounce_message": "Message",
            "sender": "Sender",
            "topic_arn": "TopicArn",
        },
    ),
    "add_header": ("AddHeaderAction", {"header_name": "HeaderName", "header_value": "HeaderValue"}),
    "stop": ("StopAction", {"topic_arn": "TopicArn"}),
}

#: What an action cannot do without.
NEEDED = {
    "s3": ["bucket"],
    "sns": ["topic_arn"],
    "lambda": ["function_arn"],
    "bounce": ["smtp_reply_code", "bounce_message", "sender"],
    "add_header": ["header_name", "header_value"],
    "stop": [],
}

#: What AWS fills in.
DEFAULTS = {"SNSAction": {"Encoding": "UTF-8"}, "LambdaAction": {"InvocationType": "Event"}, "StopAction": {"Scope": "RuleSet"}}


def action_request(action):
    """Return one action as the API has it, AWS's defaults included. Raises ResourceError when a part is missing."""
    kind = action["type"]
    key, keys = ACTIONS[kind]
    missing = [option for option in NEEDED[kind] if not action.get(option)]
    if missing:
        raise ResourceError(f"A receipt rule's action of type {kind} needs {' and '.join(missing)}.")
    foreign = sorted(option for option, value in action.items() if value and option != "type" and option not in keys)
    if foreign:
        raise ResourceError(f"A receipt rule's action of type {kind} does not take {' and '.join(foreign)}; it takes {', '.join(keys)}.")
    values = {name: action[option] for option, name in keys.items() if action.get(option)}
    return {key: {**DEFAULTS.get(key, {}), **values}}


def normal_action(action):
    """Return an action of the API with AWS's defaults, for comparison."""
    return {key: {**DEFAULTS.get(key, {}), **{name: value for name, value in values.items() if value}} for key, values in action.items()}


def wanted_rule(params, current):
    """Return the rule as the API has it: what was given, and of the rest what it is now.

    :arg current: the rule of the API, or None.
    """
    current = current or {}
    rule = {
        "Name": params["name"],
        "Enabled": current.get("Enabled", True),
        "TlsPolicy": current.get("TlsPolicy", "Optional"),
        "ScanEnabled": current.get("ScanEnabled", False),
        "Recipients": current.get("Recipients", []),
        "Actions": [normal_action(action) for action in current.get("Actions", [])],
    }
    for option, key in (("enabled", "Enabled"), ("scan_enabled", "ScanEnabled"), ("recipients", "Recipients")):
        if params[option] is not None:
            rule[key] = params[option]
    if params["tls_policy"]:
        rule["TlsPolicy"] = params["tls_policy"].capitalize()
    if params["actions"] is not None:
        rule["Actions"] = [action_request(action) for action in params["actions"]]
    return rule
