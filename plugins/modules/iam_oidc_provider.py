#!/usr/bin/python
# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
---
module: iam_oidc_provider
short_description: Keep an OpenID Connect identity provider of the account
version_added: 0.1.0
author:
  - The Railyard authors (@railyard)
description:
  - Creates, mends and removes what makes an account believe the tokens of an issuer, such as those of GitHub Actions.
  - No module of amazon.aws or community.aws does.
  - An account has one provider for each issuer, whoever made it, so it is found by its URL, shared, and never replaced. An
    audience that others need stays, the tags of a provider that somebody else made stay, and a provider is not removed while a
    role of the account trusts it.
options:
  url:
    description: The issuer, as its tokens name it in C(iss). It begins with V(https://) and has neither port nor query.
    type: str
    required: true
  state:
    description: Whether the provider is to exist.
    type: str
    choices: [present, absent]
    default: present
  client_ids:
    description:
      - Audiences of which tokens are taken, C(aud) in them. V(sts.amazonaws.com) is what AWS's own clients ask for.
      - Needed to create the provider.
    type: list
    elements: str
  purge_client_ids:
    description: Whether audiences that are not in O(client_ids) are taken away. Others of the account may need them.
    type: bool
    default: false
  thumbprints:
    description:
      - SHA-1 thumbprints of the certificate authority of the issuer's own server, in 40 hexadecimal digits each.
      - Only for an issuer whose certificate no public authority signed; of all others AWS looks at none.
      - When it is not given they are left alone.
    type: list
    elements: str
  owner_tag:
    description:
      - Name of the tag in O(tags) by which a provider is known for one's own. One that has it not, or with another value, was
        made by somebody else, whose tags stay as they are, and who alone removes it.
      - Empty means that every provider is one's own.
    type: str
    default: ManagedBy
  except_path:
    description:
      - IAM path whose roles do not keep a provider from being removed, because they go with it.
      - Only for O(state=absent).
    type: str
    default: ""
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
  - amazon.aws.tags
attributes:
  check_mode:
    description: Reports what would change without changing it.
    support: full
  diff_mode:
    description: Returns what differs, before and after.
    support: full
"""

EXAMPLES = r"""
- name: Ensure that the account believes GitHub Actions
  railyard.aws.iam_oidc_provider:
    url: https://token.actions.githubusercontent.com
    client_ids: [sts.amazonaws.com]
    tags:
      ManagedBy: railyard.aws

- name: Remove it, unless a role of somebody else trusts it
  railyard.aws.iam_oidc_provider:
    url: https://token.actions.githubusercontent.com
    state: absent
    except_path: /railyard/shop/ap-northeast-1/
    tags:
      ManagedBy: railyard.aws
"""

RETURN = r"""
provider:
  description: The provider; in check mode what it would be.
  returned: when O(state=present)
  type: dict
  contains:
    arn:
      description: ARN, which trust policies of roles name; empty in check mode when it does not exist yet.
      type: str
      sample: arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com
    url:
      description: The issuer.
      type: str
      sample: https://token.actions.githubusercontent.com
    client_ids:
      description: All audiences of which tokens are taken.
      type: list
      elements: str
      sample: [sts.amazonaws.com]
    own:
      description: Whether it is known for one's own by O(owner_tag).
      type: bool
used_by:
  description: Roles that trust it, because of which it was not removed.
  returned: when O(state=absent)
  type: list
  elements: str
  sample: [shop-ap-northeast-1-ci-deploy]
kept:
  description: Why it was not removed; empty where it was, or where there was none.
  returned: when O(state=absent)
  type: str
  sample: 1 role trusts it
"""

import re
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.module import run
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Raw, Resource
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import IAM_OIDC_PROVIDER, TagChange, tag_change

try:
    from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

ARGUMENTS: dict[str, Any] = {
    "url": {"type": "str", "required": True},
    **arguments.STATE,
    "client_ids": {"type": "list", "elements": "str"},
    "purge_client_ids": {"type": "bool", "default": False},
    "thumbprints": {"type": "list", "elements": "str"},
    "owner_tag": {"type": "str", "default": "ManagedBy"},
    "except_path": {"type": "str", "default": ""},
    **arguments.TAGS,
}
#: As IAM takes it: no port, no query, no fragment.
_URL = re.compile(r"https://[a-z0-9.-]+(/[\w./~-]*)?", re.IGNORECASE)
_THUMBPRINT = re.compile(r"[0-9a-f]{40}", re.IGNORECASE)


def trusts(document: dict[str, Any], arn: str) -> bool:
    """Whether a role's trust policy names a provider."""
    statements = document.get("Statement") or []
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal")
        named = principal.get("Federated") if isinstance(principal, dict) else None
        if arn in (named if isinstance(named, list) else [named]):
            return True
    return False


class OidcProvider(Resource):
    """An issuer of tokens that the account believes."""

    service = "iam"
    label = "OpenID Connect provider"
    id_option = "url"
    tag_api = IAM_OIDC_PROVIDER

    @staticmethod
    def spelt(name: str) -> str:
        return name.rstrip("/")

    def validate(self) -> None:
        if not _URL.fullmatch(self.name):
            raise ResourceError(f"url is '{self.name}'; write the issuer as its tokens name it, such as https://token.actions.githubusercontent.com")
        wrong = [one for one in self.params["thumbprints"] or [] if not _THUMBPRINT.fullmatch(one)]
        if wrong:
            raise ResourceError(f"thumbprints has '{wrong[0]}'; write 40 hexadecimal digits without colons, or leave thumbprints out")

    def find(self) -> Raw | None:
        ending = f":oidc-provider/{self.name.removeprefix('https://')}"
        listed = self.client.list_open_id_connect_providers(aws_retry=True)["OpenIDConnectProviderList"]
        arn = next((one["Arn"] for one in listed if one["Arn"].lower().endswith(ending.lower())), None)
        return self._read(arn) if arn else None

    def _read(self, arn: str) -> Raw:
        found = self.client.get_open_id_connect_provider(OpenIDConnectProviderArn=arn, aws_retry=True)
        return {
            "arn": arn,
            "url": f"https://{found['Url'].removeprefix('https://')}",
            "client_ids": sorted(found.get("ClientIDList") or []),
            "thumbprints": sorted(found.get("ThumbprintList") or []),
            "tags": boto3_tag_list_to_ansible_dict(found.get("Tags") or []),
        }

    def new(self) -> Raw:
        if not self.params["client_ids"]:
            raise ResourceError(f"{self.title} does not exist and cannot be made without an audience; give client_ids, for example [sts.amazonaws.com]")
        return {"url": self.name, "client_ids": sorted(self.params["client_ids"]), "tags": self.tags}

    def create(self, new: Raw) -> Raw:
        more = {"ThumbprintList": self.params["thumbprints"]} if self.params["thumbprints"] else {}
        made = self.client.create_open_id_connect_provider(
            Url=self.name, ClientIDList=new["client_ids"], Tags=ansible_dict_to_boto3_tag_list(self.tags), aws_retry=True, **more
        )
        return self._read(made["OpenIDConnectProviderArn"])

    def planned(self, new: Raw) -> Raw:
        return {"provider": {"arn": "", "url": new["url"], "client_ids": new["client_ids"], "own": True}}

    def plan(self, found: Raw) -> Diff:
        diff = Diff()
        wanted = self._client_ids(found)
        if wanted != found["client_ids"]:
            diff.add("client_ids", found["client_ids"], wanted)
        thumbprints = self.params["thumbprints"]
        if thumbprints is not None and sorted(map(str.lower, thumbprints)) != sorted(map(str.lower, found["thumbprints"])):
            diff.add("thumbprints", found["thumbprints"], sorted(thumbprints))
        return diff

    def _client_ids(self, found: Raw) -> list[str]:
        given = self.params["client_ids"]
        if given is None:
            return list(found["client_ids"])
        return sorted(set(given) if self.params["purge_client_ids"] else {*found["client_ids"], *given})

    def apply(self, found: Raw, diff: Diff) -> None:
        arn = {"OpenIDConnectProviderArn": found["arn"], "aws_retry": True}
        before, after = (set(side.get("client_ids", ())) for side in (diff.before, diff.after))
        for one in sorted(after - before):
            self.client.add_client_id_to_open_id_connect_provider(ClientID=one, **arn)
        for one in sorted(before - after):
            self.client.remove_client_id_from_open_id_connect_provider(ClientID=one, **arn)
        if "thumbprints" in diff.after:
            self.client.update_open_id_connect_provider_thumbprint(ThumbprintList=diff.after["thumbprints"], **arn)

    def results(self, found: Raw) -> Raw:
        return {"provider": {"arn": found["arn"], "url": found["url"], "client_ids": self._client_ids(found), "own": self._own(found)}}

    def tag_target(self, found: Raw) -> str:
        return str(found["arn"])

    def tags_of(self, found: Raw) -> dict[str, str]:
        return dict(found["tags"])

    def tag_change(self, found: Raw) -> TagChange:
        return super().tag_change(found) if self._own(found) else tag_change(found["tags"], None)

    def _own(self, found: Raw) -> bool:
        tag = self.params["owner_tag"]
        return not tag or found["tags"].get(tag) == str((self.params["tags"] or {}).get(tag))

    def ensure_absent(self) -> Raw:
        found = self.find()
        users = [] if found is None else self._users(found["arn"])
        kept = ""
        if found is not None and not self._own(found):
            kept = f"somebody else made it: its tag {self.params['owner_tag']} is not that of tags"
        elif users:
            kept = f"{len(users)} {'roles trust' if len(users) > 1 else 'role trusts'} it"
        going = None if kept else found
        diff = Diff(before={} if going is None else self.removed(going))
        if going is not None and not self.check_mode:
            self.delete(going)
        return {**diff.result(), "used_by": users, "kept": kept}

    def _users(self, arn: str) -> list[str]:
        """Roles of the account that trust it, but for those that go with it."""
        path = self.params["except_path"]
        roles = read_all(self.client, "list_roles", "Roles")
        return sorted(
            role["RoleName"] for role in roles if not (path and role["Path"].startswith(path)) and trusts(role.get("AssumeRolePolicyDocument") or {}, arn)
        )

    def removed(self, found: Raw) -> Raw:
        return {"url": found["url"], "client_ids": found["client_ids"], "tags": found["tags"]}

    def delete(self, found: Raw) -> None:
        self.client.delete_open_id_connect_provider(OpenIDConnectProviderArn=found["arn"], aws_retry=True)


@guarded
def main() -> None:
    run(OidcProvider, ARGUMENTS)


if __name__ == "__main__":
    main()
