#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
from __future__ import annotations

DOCUMENTATION = r"""
module: s3_presigned_url
short_description: Let somebody without credentials read or write one object of S3 for a short while
version_added: 0.1.0
description:
  - Signs the address of one object, so that whoever has it can read this object until it expires, or write it with O(method=put).
  - What may be written is one content only, that whose SHA-256 is signed with the address. S3 refuses any other, so that
    an address that became known is good for nothing else, and keeps the digest in the object's metadata as C(sha256).
  - Unlike the mode C(geturl) of M(amazon.aws.s3_object) it asks AWS nothing, so the address can be one that only its
    reader can reach. A signature holds for one host name and no other.
  - The result is a secret while it lasts. Use C(no_log) on the task that makes it and on the one that reads it.
author:
  - The Railyard authors (@railyard)
attributes:
  check_mode:
    support: full
    description: Computes only.
  diff_mode:
    support: none
    description: Changes nothing.
options:
  bucket:
    description: Name of the bucket.
    type: str
    required: true
  key:
    description: Key of the object.
    type: str
    required: true
  method:
    description: What the address is good for.
    type: str
    choices: [get, put]
    default: get
  sha256:
    description: SHA-256 of what is to be written, 64 hexadecimal digits. Required with O(method=put).
    type: str
  reader_endpoint:
    description:
      - Where the reader, or the writer, finds S3, such as C(https://s3.ap-northeast-1.amazonaws.com).
      - The default is the region's own address, even when this module's O(endpoint_url) leads elsewhere.
    type: str
  expires:
    description: Seconds for which the address is good, 7 days at most.
    type: int
    default: 900
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
seealso:
  - module: amazon.aws.s3_object
notes:
  - Whether the object exists, and whether the credentials may read it, shows when it is read.
"""

EXAMPLES = r"""
- name: Let the server read the archive
  railyard.aws.s3_presigned_url:
    bucket: railyard-artifacts-123456789012-ap-northeast-1
    key: ruby/2.6.6/Amazon-2023-x86_64.tar.gz
    expires: 600
  delegate_to: localhost
  no_log: true
  register: archive

- name: Read it
  ansible.builtin.get_url:
    url: "{{ archive.url }}"
    dest: /var/tmp/ruby.tar.gz
    mode: "0600"
  no_log: true

- name: Let the server write what it has packed, and nothing else
  railyard.aws.s3_presigned_url:
    bucket: railyard-artifacts-123456789012-ap-northeast-1
    key: app/builds/3f2a91c07d55.tar.gz
    method: put
    sha256: "{{ packed.stdout }}"
  delegate_to: localhost
  no_log: true
  register: place

- name: Write it
  ansible.builtin.uri:
    url: "{{ place.url }}"
    method: PUT
    src: /var/tmp/build.tar.gz
    remote_src: true
    headers: "{{ place.headers }}"
  no_log: true
"""

RETURN = r"""
url:
  description: The signed address.
  returned: success
  type: str
  sample: https://s3.ap-northeast-1.amazonaws.com/bucket/key?X-Amz-Signature=...
headers:
  description: What has to be sent along, as it is signed too; empty with O(method=get).
  returned: success
  type: dict
  sample:
    content-type: application/octet-stream
    x-amz-checksum-sha256: n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=
    x-amz-meta-sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""

import base64
import re
from typing import Any

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
except ImportError:
    pass  # AnsibleAWSModule says which libraries are missing.

from ansible_collections.amazon.aws.plugins.module_utils.botocore import get_aws_connection_info
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.railyard.aws.plugins.module_utils._failures.guard import guarded

WEEK = 7 * 24 * 3600
#: Of what is written; without one Python's urllib calls it a form.
TYPE = "application/octet-stream"
TOKEN = "X-Amz-Security-Token="


def client_for(module: AnsibleAWSModule) -> Any:
    """A client of the reader's endpoint, with the credentials at hand. It is never used to connect."""
    region, _endpoint, arguments = get_aws_connection_info(module)
    endpoint = module.params["reader_endpoint"] or f"https://s3.{region}.amazonaws.com"
    keys = {name: value for name, value in arguments.items() if name.startswith("aws_")}
    session = boto3.session.Session(profile_name=arguments.get("profile_name"), region_name=region, **keys)
    # With the bucket in the path, one certificate and one name serve all buckets, dots in their names included.
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    return session.client("s3", endpoint_url=endpoint.rstrip("/"), config=config)


def unmasked(url: str) -> str:
    """The same address, in which Ansible does not find the session token.

    The token is also a module argument, and Ansible would replace it by asterisks in the result. In an address
    ``%41`` is another way to write ``A``, so its first letter is written that way.
    """
    before, token, after = url.partition(TOKEN)
    if not token or after[0] == "%":
        return url
    return f"{before}{token}%{ord(after[0]):02X}{after[1:]}"


def signed(client: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """The address, and the headers that go with it. Raises ``BotoCoreError`` and ``ValueError``."""
    parameters: dict[str, Any] = {"Bucket": wanted["bucket"], "Key": wanted["key"]}
    headers: dict[str, str] = {}
    if wanted["method"] == "put":
        checksum = base64.b64encode(bytes.fromhex(wanted["sha256"])).decode()
        parameters |= {"ChecksumSHA256": checksum, "ContentType": TYPE, "Metadata": {"sha256": wanted["sha256"]}}
        headers = {"content-type": TYPE, "x-amz-checksum-sha256": checksum, "x-amz-meta-sha256": wanted["sha256"]}
    url = client.generate_presigned_url(f"{wanted['method']}_object", Params=parameters, ExpiresIn=wanted["expires"])
    return {"url": unmasked(url), "headers": headers}


@guarded
def main() -> None:
    module = AnsibleAWSModule(
        argument_spec={
            "bucket": {"type": "str", "required": True},
            "key": {"type": "str", "required": True, "no_log": False},
            "method": {"type": "str", "choices": ["get", "put"], "default": "get"},
            "sha256": {"type": "str"},
            "reader_endpoint": {"type": "str"},
            "expires": {"type": "int", "default": 900},
        },
        required_if=[("method", "put", ["sha256"])],
        supports_check_mode=True,
    )
    wanted = module.params
    if not 1 <= wanted["expires"] <= WEEK:
        module.fail_json(msg=f"expires is {wanted['expires']}; write a number of seconds from 1 to {WEEK} (7 days).")
    if wanted["method"] == "put" and not re.fullmatch(r"[0-9a-f]{64}", wanted["sha256"]):
        module.fail_json(msg=f"sha256 is '{wanted['sha256']}'; write the 64 hexadecimal digits that `sha256sum` prints.")
    try:
        result = signed(client_for(module), wanted)
    except (BotoCoreError, ValueError) as error:
        module.fail_json(msg=f"Cannot sign the address of s3://{wanted['bucket']}/{wanted['key']}: {error}")
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
