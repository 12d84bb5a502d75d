# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that an application keeps on its server's disk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import buckets, switches, uploads
from ansible_collections.railyard.aws.plugins.module_utils._doctor.acls import fog_is_private, paperclip_is_private
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.attachments import attaching, chosen_service, in_bucket
from ansible_collections.railyard.aws.plugins.module_utils._doctor.disk import on_disk, or_shared
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.outline import Outline, outline
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import settings_of


def _bucket(stack: Stack) -> str:
    name = "AWS_INTRO_SAMPLE_S3_BUCKET" if stack["contract"] == "book" else "S3_BUCKET"
    return f"bucket ENV['{name}'] of region ENV['AWS_REGION'], with the server's role for credentials"


#: What lies in any other place than a disk.
_ELSEWHERE = ("fog", "aws", "s3", "aws_s3", "gcloud", "azure", "azure_rm", "cloudinary", "grid_fs", "dropbox", "null", "webdav")


def _root(section: Outline) -> str | None:
    """Directory of a Disk service: from the application's root, absolute, or none when the environment names it."""
    root = str(section.get("root", "storage"))
    joined = re.search(r"Rails\.root\.join\(([^)]*)\)", root)
    if joined:
        return "/".join(re.findall(r"['\"]([^'\"]+)['\"]", joined[1])) or None
    return None if "<%" in root else root


def active_storage(app: Application, stack: Stack) -> Iterator[Finding]:
    used = attaching(app)
    table = re.search(r"\bactive_storage_attachments\b", app.read("db/schema.rb") + app.read("db/structure.sql"))
    service = chosen_service(app, stack) if used or table else None
    if not service or str(service.section.get("service")) != "Disk":
        return
    chosen, name, section = service.setting, service.name, service.section
    mend = f"config.active_storage.service = :amazon in config/environments/production.rb, a service S3 in config/storage.yml with {_bucket(stack)}"
    path = _root(section)
    what = f"Active Storage keeps attachments on disk (service {name})"
    seen = [chosen.line, *used[:2]]
    bucket = in_bucket(app) if chosen.variable else ""
    switch: dict[str, Any] = {}
    if bucket:
        own = {one.name: one.value for one in buckets.lacking(outline(app.read(buckets.FILE))[bucket], stack)}
        switch = {chosen.variable: bucket, **own}
        mend = f"app_environment with {chosen.variable}: {bucket}, its service of S3 in config/storage.yml"
        mend += "".join(f", and {name}: {buckets.shown(value)}" for name, value in own.items())
    for finding in on_disk("active-storage", what, path, or_shared(mend, path) if path and not bucket else mend, seen, stack):
        if chosen.holds and not chosen.variable and used:
            yield finding
        else:
            unless = f" unless {chosen.variable} says otherwise, which app_environment does not set" if chosen.variable else ", as far as reading can tell"
            weight = finding.weight if chosen.variable and used else WARNS
            given = {"app_environment": switch} if bucket else finding.variables if weight == BREAKS else {}
            lost = bool(chosen.variable and used) and finding.loses
            yield Finding(finding.id, weight, finding.what + unless, finding.mend, finding.where, loses=lost, variables=given)


def _switched(found: Iterator[Finding], switch: dict[str, Any], stack: Stack) -> Iterator[Finding]:
    """Files on disk that one variable leads to the bucket."""
    for finding in found:
        if not switch or finding.weight != BREAKS or set(switch) <= set(stack["environment"]):
            yield finding
            continue
        words = ", ".join(f"{name}: {buckets.shown(value)}" for name, value in switch.items())
        yield replace(finding, mend=f"app_environment with {words}, which chooses the bucket; or {finding.mend}", variables={"app_environment": switch})


def carrierwave(app: Application, stack: Stack) -> Iterator[Finding]:
    uploaders = sorted({line.file for line in app.lines_of("app/**/*.rb", "lib/**/*.rb") if re.search(r"<\s*(::)?CarrierWave::Uploader::Base\b", line.text)})
    if not app.has("carrierwave") or not uploaders:
        return
    everywhere = settings_of(app, r"\bconfig\.storage\s*=?\s*(?=[(:'\"A-Z ])", "config/initializers/*.rb", f"config/environments/{app.environment}.rb")
    # Fog's own name for a disk.
    fog = settings_of(app, r"\bprovider['\"]?\s*(?::|=>)\s*", "config/initializers/*.rb", "app/uploaders/**/*.rb")
    local = [one.line for one in fog if one.holds and str(one.word).lower() == "local"]
    directory = uploads.directory(app, uploaders)
    mend = or_shared(f"storage :fog with fog-aws (or carrierwave-aws) and {_bucket(stack)}", directory)
    ill: list[Line] = []
    unsure: list[Line] = []
    for file in uploaders:
        own = settings_of(app, r"^\s*storage\s*\(?\s*(?=[:A-Z(])", file)
        settings = own or everywhere
        if any(one.variable in stack["environment"] for one in settings if one.variable):
            continue
        certain = [one for one in settings if one.holds and not one.variable]
        if certain:
            if certain[-1].word in ("file", "CarrierWave::Storage::File"):
                ill.append(certain[-1].line)
        elif settings:
            if any(one.word == "file" for one in settings) or not any(one.word in _ELSEWHERE for one in settings):
                unsure.append(settings[0].line)
        else:
            # Without a word about it CarrierWave takes the disk.
            ill.append(Line(file, 1, ""))
    if ill or local:
        found = on_disk("carrierwave", "CarrierWave keeps uploads on disk", directory, mend, ill or local, stack)
        switch = switches.chosen_by(app, r"\bstorage\s*[:=(]*\s*:?(fog|aws)\b", *uploaders, "config/initializers/*.rb")
        yield from _switched(found, switch if app.has("carrierwave-aws") or (switches.by_role(app) and fog_is_private(app, switched=True)) else {}, stack)
    elif unsure:
        what = "CarrierWave may keep uploads on disk: what its storage depends on cannot be told by reading"
        yield Finding("carrierwave", WARNS, what, mend, at(unsure))


def paperclip(app: Application, stack: Stack) -> Iterator[Finding]:
    if not (app.has("paperclip") or app.has("kt-paperclip")):
        return
    used = [line for line in app.lines_of("app/**/*.rb") if re.search(r"\bhas_attached_file\b", line.text)]
    places = ("config/application.rb", f"config/environments/{app.environment}.rb", "config/initializers/*.rb", "app/models/**/*.rb")
    settings = settings_of(app, r"(?<![\w.])(:storage|storage:|\[:storage\])\s*(=>|=)?\s*(?=[:'\"E])", *places)
    certain = [one for one in settings if one.holds and not one.variable]
    last_on_disk = bool(certain) and certain[-1].word == "filesystem"
    if used and (last_on_disk or not any(one.word in _ELSEWHERE or one.variable for one in settings)):
        mend = or_shared(f"config.paperclip_defaults with storage: :s3 and {_bucket(stack)}", "public/system")
        found = on_disk("paperclip", "Paperclip keeps attachments on disk", "public/system", mend, used, stack)
        # Files that everybody is to read are nobody's in the stack's bucket.
        bucket = switches.chosen_by(app, r"\bstorage['\"]?\]?\s*(:|=>|=)\s*:?['\"]?s3\b", *places) if paperclip_is_private(app, switched=True) else {}
        yield from _switched(found, bucket, stack)


def shrine(app: Application, stack: Stack) -> Iterator[Finding]:
    if not app.has("shrine"):
        return
    places = ("config/initializers/*.rb", f"config/environments/{app.environment}.rb", "app/uploaders/**/*.rb", "lib/**/*.rb")
    found = settings_of(app, r"(?=\bShrine::Storage::FileSystem\.new\b)", *places)
    store = [one for one in found if not re.search(r"\bcache\b", one.line.text)]
    mend = f"Shrine::Storage::S3 for store, and for cache where there are several servers, with {_bucket(stack)}"
    for one in store[:1]:
        words = re.findall(r"['\"]([^'\"]+)['\"]", one.line.text.split("FileSystem", 1)[1])
        path = "/".join(words) or "public"
        if one.holds:
            yield from on_disk("shrine", "Shrine keeps uploads on disk", path, or_shared(mend, path), [one.line], stack)
        else:
            yield Finding("shrine", WARNS, "Shrine may keep uploads on disk: what that depends on cannot be told by reading", mend, at([one.line]))
    if found and not store and stack["servers"] > 1:
        what = f"Shrine keeps files on disk until their form is saved, which another of the {stack['servers']} servers may do"
        yield Finding("shrine", WARNS, what, mend, at([one.line for one in found]))


def dragonfly(app: Application, stack: Stack) -> Iterator[Finding]:
    settings = settings_of(app, r"^\s*datastore\s*\(?\s*(?=[:(])", "config/initializers/*.rb") if app.has("dragonfly") else []
    if settings and settings[-1].word == "file" and settings[-1].holds:
        path = "public/system/dragonfly"
        mend = or_shared(f"datastore :s3 of dragonfly-s3_data_store and {_bucket(stack)}", path)
        yield from on_disk("dragonfly", "Dragonfly keeps uploads on disk", path, mend, [settings[-1].line], stack)


def own_files(app: Application, stack: Stack) -> Iterator[Finding]:
    """Files that the application writes by itself below its root."""
    writes = r"\b(File\.(binwrite|write|open\(.*['\"][wa]b?\+?['\"])|IO\.(bin)?write|FileUtils\.(cp|mv|copy|move|install)\b)"
    lines = app.lines_of("app/**/*.rb")
    found = [
        line
        for line in lines
        if re.search(writes, line.text) and re.search(r"\bRails\.(root|public_path)\b", line.text) and not re.search(r"['\"/](tmp|log)\b", line.text)
    ]
    if found:
        what = "files are written below the application's root, which goes with each release and which each server has to itself"
        yield Finding("own-files", WARNS, what, f"keep them in {_bucket(stack)}, or in tmp should they be short-lived", at(found))


#: `@@storage_path = File.join(Redmine.root, "files")`, and what people write like it.
_OWN_STORAGE = re.compile(r"\b(?:storage|upload|attachment)s?_?(?:path|dir|directory|root|folder)\s*(?:\|\|)?=(?!=).*\b[A-Z]\w*\.root\b(?P<rest>.*)")


def own_storage(app: Application, stack: Stack) -> Iterator[Finding]:
    """A directory below its root that the application itself names as the one for people's files."""
    found: dict[str, list[Line]] = {}
    for line in app.lines_of("app/**/*.rb", "lib/**/*.rb", "config/application.rb", "config/initializers/*.rb"):
        said = _OWN_STORAGE.search(line.text)
        path = "/".join(re.findall(r"['\"]([^'\"#]+)['\"]", said["rest"])) if said else ""
        if path and path.split("/", maxsplit=1)[0] not in ("tmp", "log"):
            found.setdefault(path, []).append(line)
    for path, lines in found.items():
        mend = or_shared(f"a setting of the application that leads it to {_bucket(stack)}, if it has one", path)
        for finding in on_disk("own-storage", "the application keeps people's files", path, mend, lines, stack):
            # A name alone is no proof that would keep a release from coming.
            yield replace(finding, loses=False)


#: Directories that no server of this stack has.
_OF_OTHERS = re.compile(
    r"\b(?:Logger\.new|File\.(?:read|open|new|readlines)|IO\.read|YAML\.(?:load_file|safe_load_file)|Pathname\.new)\s*\(?\s*['\"]"
    r"(/(?:srv|home|opt|data|app|apps|rails|mnt|Users|u|usr/src|var/www|var/lib|var/log)/[^'\"#]*)['\"]"
)


def other_places(app: Application, stack: Stack) -> Iterator[Finding]:
    """Files that the start opens in a place of some other machine."""
    own = (f"{stack['app_path']}/", f"{stack['app_path']}.d/", "/opt/rbenv/")
    found = [(line, said[1]) for line in app.lines if line.file.endswith(".rb") and (said := _OF_OTHERS.search(line.text)) and not said[1].startswith(own)]
    if found:
        line, path = found[0]
        what = f"{path} is opened while the application starts, and is on no server of this stack"
        inside = f'Rails.root.join("config/{path.rsplit("/", 1)[-1]}"), or a value of app_environment'
        mend = "ActiveSupport::Logger.new($stdout), which goes to the journal" if "Logger" in line.text else inside
        yield Finding("other-place", BREAKS, what, mend, at([one for one, _path in found]))


CHECKS: tuple[Check, ...] = (
    other_places,
    active_storage,
    carrierwave,
    paperclip,
    shrine,
    dragonfly,
    own_files,
    own_storage,
)
