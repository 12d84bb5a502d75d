# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""ACLs that uploads carry: the stack's bucket takes none by default, and public ones never, whatever its object ownership is.

Source: AWS's words on BlockPublicAcls and on object ownership; the defaults of fog-aws, carrierwave and kt-paperclip.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor import switches
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.attachments import attaching, chosen_service
from ansible_collections.railyard.aws.plugins.module_utils._doctor.disk import alone
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import settings_of
from ansible_collections.railyard.aws.plugins.module_utils._doctor.uploads import USUAL

_TAKES_ACLS = {"s3_uploads_object_ownership": "BucketOwnerPreferred"}
_FOG = r"\bstorage\s*[:=(]*\s*:?fog\b|\bfog_(directory|credentials|provider)\b"
_SET = r"\b((aws_)?acl|s3_permissions)['\"]?\s*(:|=>|=)\s*['\":]+({})\b"


def _says(app: Application, pattern: str, switched: bool, *files: str) -> bool:
    """Whether a line does that counts, or would with a variable that nobody has given."""
    return any(re.search(pattern, line.text) for line, _certain in app.effective("config/**/*.rb", *files, switched=switched))


def fog_is_private(app: Application, switched: bool = False) -> bool:
    """Whether CarrierWave's files in fog are for nobody but who is given a signed URL; by default everybody may read them."""
    return _says(app, r"\bfog_public\s*(=|\()?\s*(false|ENV|Rails\.)", switched, "app/uploaders/**/*.rb")


def paperclip_is_private(app: Application, switched: bool = False) -> bool:
    """The same of Paperclip's in S3."""
    return _says(app, r"\bs3_permissions['\"]?\]?\s*(:|=>|=)\s*(:?['\"]?private|nil|['\"]{2}|\{)", switched, "app/models/**/*.rb")


def _fog(app: Application) -> list[Line]:
    """What says of fog where CarrierWave takes it, or may; its credentials alone are read by nobody."""
    chosen = app.matching(r"\bstorage\s*[:=(]*\s*:?fog\b") if app.has("carrierwave") else []
    return app.matching(_FOG) if chosen and not app.matching("bucket-owner-full-control") else []


def _public(app: Application, stack: Stack) -> list[Line]:
    """Lines by which everybody may read uploads."""
    # What a variable or a setting may choose, a person has to weigh.
    chosen = settings_of(app, r"\bstorage\s*\(?\s*=?\s*(?=:fog\b)", "app/uploaders/**/*.rb", "config/initializers/*.rb")
    found = _fog(app) if any(one.holds for one in chosen) and not fog_is_private(app) else []
    found += app.matching(_SET.format("public\\w*|public-read|authenticated\\S*"))
    # Shrine's and Active Storage's own word for uploads that everybody may read.
    found += app.matching(r"\bStorage::S3\.new\(.*\bpublic:\s*true\b")
    service = chosen_service(app, stack) if attaching(app) else None
    if service and str(service.section.get("service")) == "S3" and str(service.section.get("public")) == "true":
        found.append(service.line)
    if app.any_of("paperclip", "kt-paperclip") and not paperclip_is_private(app):
        places = ("config/application.rb", f"config/environments/{app.environment}.rb", "config/initializers/*.rb", "app/models/**/*.rb")
        settings = settings_of(app, r"(?<![\w.])(:storage|storage:|\[:storage\])\s*(=>|=)?\s*(?=[:'\"])", *places)
        found += [one.line for one in settings[-1:] if one.holds and one.word == "s3"]
    return found


def public(app: Application, stack: Stack) -> Iterator[Finding]:
    lines = _public(app, stack)
    if lines:
        what = "uploads carry an ACL by which everybody may read them, and the bucket refuses those (Block Public Access)"
        mend = "private ones, which the application signs URLs for (fog_public = false, public: false, s3_permissions: :private, no acl)"
        # Some have a word for the disk instead.
        disk = switches.chosen_by(app, r"\bstorage\s*[:=(]*\s*:file\b", "app/uploaders/**/*.rb", "config/initializers/*.rb") if _fog(app) else {}
        given = {"app_environment": disk, **alone(USUAL, stack)} if disk else {}
        words = "".join(f", or app_environment with {name}: {value}, which keeps them on disk" for name, value in disk.items())
        yield Finding("acl-public", BREAKS, what, mend + words, at(lines), variables=given)


def private(app: Application, stack: Stack) -> Iterator[Finding]:
    if stack["object_ownership"] != "BucketOwnerEnforced":
        return
    mend = "fog_attributes = {'x-amz-acl' => 'bucket-owner-full-control'}, or s3_uploads_object_ownership: BucketOwnerPreferred"
    fog = _fog(app)
    if fog:
        yield Finding("acl", BREAKS, "CarrierWave sends an ACL with each upload, and the bucket takes none", mend, at(fog), variables=_TAKES_ACLS)
    elsewhere = app.matching(_SET.format("private"))
    if elsewhere:
        mend = "leave the ACL out, or s3_uploads_object_ownership: BucketOwnerPreferred"
        yield Finding("acl", BREAKS, "uploads carry an ACL, and the bucket takes none", mend, at(elsewhere), variables=_TAKES_ACLS)


CHECKS: tuple[Check, ...] = (public, private)
