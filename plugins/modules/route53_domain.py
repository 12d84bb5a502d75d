#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: route53_domain
short_description: Register a domain with Route 53, and keep its registration as described
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Registers a domain, which costs money and cannot be undone, only when O(accept_price) says so.
  - Keeps name servers, automatic renewal, transfer lock and tags of a registered domain.
  - Registering makes Route 53 create a public hosted zone for the domain; adopt that one instead of making another.
  - The module never gives a domain up. Switch O(auto_renew) off to let it end.
  - An option that is not given is not looked at.
options:
  domain:
    description: The domain.
    type: str
    required: true
    aliases: [name]
  accept_price:
    description:
      - The most that may be spent on the registration, in the currency that AWS charges (US dollars).
      - Without it nothing is registered, and the error names the price.
    type: float
  years:
    description: Years to register for.
    type: int
    default: 1
  contact:
    description:
      - Who registers, used for owner, administration and technology. Needed to register.
      - Keys are those of the API in snake_case, for example C(first_name), C(last_name), C(contact_type),
        C(address_line_1), C(city), C(country_code), C(zip_code), C(phone_number) and C(email).
    type: dict
  privacy:
    description: Whether the contact is hidden from the public. Used when the domain is registered.
    type: bool
    default: true
  auto_renew:
    description: Whether AWS renews the domain, and charges for it, before it ends. A new one is renewed.
    type: bool
  transfer_lock:
    description: Whether the domain is locked against being moved to another registrar. A new one is locked.
    type: bool
  name_servers:
    description: Host names of the name servers, at least two.
    type: list
    elements: str
  wait:
    description: Whether to wait until AWS has done what it was asked for.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait. AWS says that a registration may take three days; it usually takes minutes.
    type: int
    default: 1800
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
attributes:
  check_mode:
    description: Reports what would change, and what it would cost, without changing it.
    support: full
  diff_mode:
    description: Returns what differs, before and after.
    support: full
"""

EXAMPLES = r"""
- name: Ensure the domain is ours
  railyard.aws.route53_domain:
    domain: example-of-mine.com
    accept_price: 15
    contact: "{{ railyard_domain_contact }}"
    auto_renew: true
    tags:
      Stack: railyard

- name: See what a domain costs
  railyard.aws.route53_domain:
    domain: example-of-mine.com
  check_mode: true
"""

RETURN = r"""
domain:
  description: The registration; in check mode what it would be.
  returned: always
  type: dict
  contains:
    name:
      description: The domain.
      type: str
      sample: example-of-mine.com
    status:
      description: C(registered), C(registering), or C(available) when it is not ours (check mode).
      type: str
      sample: registered
    auto_renew:
      description: Whether AWS renews it.
      type: bool
      sample: true
    transfer_lock:
      description: Whether it is locked.
      type: bool
      sample: true
    name_servers:
      description: Its name servers.
      type: list
      elements: str
      sample: [ns-1.awsdns-01.com]
price:
  description: What the registration costs, for all its years; empty when there is nothing to register.
  returned: always
  type: dict
  sample: {"amount": 15.0, "currency": "USD"}
"""

try:
    import botocore
except ImportError:
    pass  # AnsibleAWSModule reports it

from ansible.module_utils.common.dict_transformations import snake_dict_to_camel_dict
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import DOMAINS, tag_change
from ansible_collections.railyard.aws.plugins.module_utils._resource.wait import TimeUp, wait_until
from ansible_collections.railyard.aws.plugins.module_utils._route53.registration import CONTACT

#: The only region where the registrar answers.
REGION = "us-east-1"

#: Seconds between two looks at an operation.
PAUSE = 15

#: What no registration does without.


def find(client, name):
    """Return auto_renew, transfer_lock and name_servers of a domain of this account, or None."""
    condition = {"Name": "DomainName", "Operator": "BEGINS_WITH", "Values": [name]}
    for entry in read_all(client, "list_domains", "Domains", FilterConditions=[condition]):
        if entry["DomainName"] == name:
            detail = client.get_domain_detail(DomainName=name, aws_retry=True)
            return {
                "auto_renew": entry["AutoRenew"],
                "transfer_lock": entry["TransferLock"],
                "name_servers": sorted(server["Name"] for server in detail.get("Nameservers", [])),
            }
    return None


def pending_registration(client, name):
    """Return the id of a registration that is on its way, or None."""
    states = {"Status": ["SUBMITTED", "IN_PROGRESS"], "Type": ["REGISTER_DOMAIN"]}
    for operation in read_all(client, "list_operations", "Operations", **states):
        if operation.get("DomainName") == name:
            return operation["OperationId"]
    return None


def said_of(detail):
    """What AWS says of an operation, as text that can follow a full stop."""
    return f" AWS said: {detail['Message']}" if detail.get("Message") else ""


def wait_for(client, params, operation):
    """Return once an operation succeeded. Raises ResourceError when it failed or the time is up."""

    def look():
        return client.get_operation_detail(OperationId=operation, aws_retry=True)

    try:
        detail = wait_until(look, lambda seen: seen["Status"] in ("SUCCESSFUL", "ERROR", "FAILED"), params["wait_timeout"], PAUSE)
    except TimeUp as up:
        raise ResourceError(
            f"{up.seen['Type']} for '{params['domain']}' is still {up.seen['Status']} after {params['wait_timeout']} s.{said_of(up.seen)} AWS goes on with"
            " it (look for its mail to the contact, which may have a link to follow); run the same again to wait longer."
        ) from None
    if detail["Status"] != "SUCCESSFUL":
        raise ResourceError(f"AWS could not do {detail['Type']} for '{params['domain']}'.{said_of(detail)} Mend the cause, then run again.")


def price_of(client, params):
    """Return what the registration costs. Raises ResourceError when the domain is not to be had."""
    name = params["domain"]
    availability = client.check_domain_availability(DomainName=name, aws_retry=True)["Availability"]
    if availability not in ("AVAILABLE", "AVAILABLE_RESERVED", "AVAILABLE_PREORDER"):
        raise ResourceError(f"Domain '{name}' cannot be registered: Route 53 calls it {availability}. Choose another, or register it elsewhere.")
    ending = name.rpartition(".")[2]
    price = next(iter(read_all(client, "list_prices", "Prices", Tld=ending)), {}).get("RegistrationPrice")
    if not price:
        raise ResourceError(f"Route 53 names no price of '.{ending}', so '{name}' cannot be registered there. Register it elsewhere, or choose another ending.")
    return {"amount": price["Price"] * params["years"], "currency": price["Currency"]}


def validate(params, price):
    """Raise ResourceError unless the person agreed to the price and said who they are."""
    name, cost = params["domain"], f"{price['amount']:g} {price['currency']}"
    if params["accept_price"] is None or params["accept_price"] < price["amount"]:
        agreed = "" if params["accept_price"] is None else f", more than the {params['accept_price']:g} of accept_price"
        raise ResourceError(f"Registering '{name}' costs {cost}{agreed}, and cannot be undone. If you want that, set accept_price: {price['amount']:g}.")
    missing = [key for key in CONTACT if not (params["contact"] or {}).get(key)]
    if missing:
        raise ResourceError(f"To register '{name}' the contact lacks {', '.join(missing)}.")


def register(client, params, check_mode):
    """Register the domain, or await that somebody's run does; return (changed, price)."""
    operation = pending_registration(client, params["domain"])
    price = {}
    if operation is None:
        price = price_of(client, params)
        if check_mode:
            return True, price
        validate(params, price)
        contact = snake_dict_to_camel_dict(params["contact"], capitalize_first=True)
        people = ("Admin", "Registrant", "Tech")
        operation = client.register_domain(
            DomainName=params["domain"],
            DurationInYears=params["years"],
            AutoRenew=params["auto_renew"] is not False,
            **{f"{person}Contact": contact for person in people},
            **{f"PrivacyProtect{person}Contact": params["privacy"] for person in people},
        )["OperationId"]
    if params["wait"] and not check_mode:
        wait_for(client, params, operation)
    return bool(price), price


def apply(client, params, changes):
    """Make the changes and await them."""
    name, operations = {"DomainName": params["domain"], "aws_retry": True}, []
    if "auto_renew" in changes:
        (client.enable_domain_auto_renew if changes["auto_renew"] else client.disable_domain_auto_renew)(**name)
    if "transfer_lock" in changes:
        change = client.enable_domain_transfer_lock if changes["transfer_lock"] else client.disable_domain_transfer_lock
        operations.append(change(**name)["OperationId"])
    if "name_servers" in changes:
        servers = [{"Name": server} for server in changes["name_servers"]]
        operations.append(client.update_domain_nameservers(Nameservers=servers, **name)["OperationId"])
    for operation in operations if params["wait"] else []:
        wait_for(client, params, operation)


def ensure_tags(client, params, check_mode):
    """Mend tags that differ; return all of them before and after, both empty when none does."""
    change = tag_change(DOMAINS.current(client, params["domain"]), params["tags"], params["purge_tags"])
    if not change:
        return {}, {}
    if not check_mode:
        DOMAINS.apply(client, params["domain"], change)
    return change.current, change.complete


def ensure_present(client, params, check_mode):
    """Register or mend the domain; return the result for exit_json. Raises ResourceError."""
    name = params["domain"]
    current, price, before, after = find(client, name), {}, {}, {}
    if current is None:
        registered, price = register(client, params, check_mode)
        if registered:
            after["domain"] = name
        if not check_mode:
            current = find(client, name)
        if current is None:
            status = "available" if check_mode and registered else "registering"
            planned = {"name": name, "status": status, "auto_renew": True, "transfer_lock": True, "name_servers": []}
            return {"changed": registered, "diff": {"before": {}, "after": after}, "domain": planned, "price": price}
    wanted = {option: params[option] for option in ("auto_renew", "transfer_lock") if params[option] is not None}
    if params["name_servers"] is not None:
        wanted["name_servers"] = sorted(server.lower().rstrip(".") for server in params["name_servers"])
    changes = {option: value for option, value in wanted.items() if current[option] != value}
    before.update({option: current[option] for option in changes})
    after.update(changes)
    if changes and not check_mode:
        apply(client, params, changes)
    if params["tags"] is not None:
        was, becomes = ensure_tags(client, params, check_mode)
        if was != becomes:
            before["tags"], after["tags"] = was, becomes
    registration = {"name": name, "status": "registered", **current, **({} if check_mode else changes)}
    return {"changed": bool(after), "diff": {"before": before, "after": after}, "domain": registration, "price": price}


@guarded
def main():
    module = AnsibleAWSModule(
        argument_spec=dict(
            domain=dict(type="str", required=True, aliases=["name"]),
            accept_price=dict(type="float"),
            years=dict(type="int", default=1),
            contact=dict(type="dict"),
            privacy=dict(type="bool", default=True),
            auto_renew=dict(type="bool"),
            transfer_lock=dict(type="bool"),
            name_servers=dict(type="list", elements="str"),
            tags=dict(type="dict", aliases=["resource_tags"]),
            purge_tags=dict(type="bool", default=True),
            wait=dict(type="bool", default=True),
            wait_timeout=dict(type="int", default=1800),
        ),
        supports_check_mode=True,
    )
    params = {**module.params, "domain": module.params["domain"].lower().rstrip(".")}
    client = module.client("route53domains", retry_decorator=AWSRetry.jittered_backoff(retries=8, delay=2), region=REGION)
    try:
        result = ensure_present(client, params, module.check_mode)
    except ResourceError as error:
        module.fail_json(msg=str(error))
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        module.fail_json_aws(error, msg=f"Domain '{params['domain']}' could not be kept")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
