# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a Rails application will not work on a stack, and the line that mends it. One function for each illness.

Sources: AWS's lists of what speaks IMDSv2, of S3's object ownership, of ports that EC2 blocks; end of life of Ruby and
Rails as their projects announce it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor import files, secrets
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, version_of
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Finding, Stack, at

#: The oldest versions that are maintained in November 2026.
OLDEST_RUBY, OLDEST_RAILS = "3.3", "8.0"
#: Gem → the first version that asks for the role's credentials with a token, and what uses it.
IMDSV2 = {"fog-aws": "3.6.4", "aws-sdk-core": "3.79.0"}


def lock_file(app: Application, stack: Stack) -> Iterator[Finding]:
    if not app.locked and stack["ruby_provider"] == "rbenv":
        yield Finding("lock-file", BREAKS, "there is no Gemfile.lock, and a server installs nothing else than it says", "bundle lock, and commit Gemfile.lock")


def server(app: Application, stack: Stack) -> Iterator[Finding]:
    if app.locked and not app.has("puma"):
        yield Finding("puma", BREAKS, "puma, which serves the application, is not in the bundle", "bundle add puma", "Gemfile.lock")


def cache_cluster(app: Application, stack: Stack) -> Iterator[Finding]:
    """A plain URL reaches one shard: keys of the others fail with MOVED, and Rails swallows that."""
    if not stack["cluster_mode"]:
        return
    option, client = app.matching(r"\bcluster:\s*[\[(%]"), app.matching(r"\bRedis::Cluster\b")
    plain = app.matching(r":redis_store\b|:redis_cache_store\b|Redis(::Store)?\.new\b", without=r"(?i)\bcluster\b")
    # From version 5 on, redis raises at cluster: and leaves clusters to a gem of its own.
    apart = app.has("redis") and not app.has("redis", below="5.0.0")
    nodes = '[ENV["AWS_INTRO_SAMPLE_REDIS_ADDRESS"]]'
    right = f"redis: Redis::Cluster.new(nodes: {nodes}), of gem redis-clustering," if apart else f"cluster: {nodes}"
    if plain and not option and not client:
        mend = f"{right} in place of the URL, or railyard_cache_cluster_mode: false before the cache is made"
        yield Finding("cache-cluster", BREAKS, "the cache is a cluster, and is used with a plain URL: most keys would be lost", mend, at(plain))
    if app.has("redis", below="4.1.0"):
        yield Finding("redis-gem", BREAKS, f"redis {app.gems['redis']} knows no clusters", 'gem "redis", ">= 4.1"', "Gemfile.lock")
    if apart and option:
        mend = f'{right} in place of cluster:, or gem "redis", "< 5"'
        yield Finding("redis-gem", BREAKS, f"redis {app.gems['redis']} takes no cluster: any more", mend, at(option))
    elif apart and client and not app.has("redis-clustering"):
        what = f"redis {app.gems['redis']} has no Redis::Cluster of its own, and redis-clustering is not in the bundle"
        yield Finding("redis-gem", BREAKS, what, "bundle add redis-clustering", at(client))


def metadata(app: Application, stack: Stack) -> Iterator[Finding]:
    if stack["metadata_tokens"] != "required":
        return
    for gem, first in IMDSV2.items():
        if app.has(gem, below=first):
            what = f"{gem} {app.gems[gem]} asks for the role's credentials without a token, and servers want one (IMDSv2)"
            yield Finding("imdsv1", BREAKS, what, f'gem "{gem}", ">= {first}", or ec2_metadata_tokens: optional', "Gemfile.lock")


def object_acl(app: Application, stack: Stack) -> Iterator[Finding]:
    if stack["object_ownership"] != "BucketOwnerEnforced":
        return
    mend = "fog_attributes = {'x-amz-acl' => 'bucket-owner-full-control'}, or s3_uploads_object_ownership: BucketOwnerPreferred"
    fog = app.matching(r"\bstorage\s*[:=(]*\s*:?fog\b|\bfog_(directory|credentials|provider)\b")
    if app.has("carrierwave") and fog and not app.matching("bucket-owner-full-control"):
        yield Finding("acl", BREAKS, "CarrierWave sends an ACL with each upload, and the bucket takes none", mend, at(fog))
    elsewhere = app.matching(r"\b(acl|s3_permissions)['\"]?\s*(:|=>)\s*['\":]+(public|private|authenticated)")
    if elsewhere:
        yield Finding(
            "acl",
            BREAKS,
            "uploads carry an ACL, and the bucket takes none",
            "leave the ACL out, or s3_uploads_object_ownership: BucketOwnerPreferred",
            at(elsewhere),
        )


def hosts(app: Application, stack: Stack) -> Iterator[Finding]:
    found = app.matching(r"[\w-]+\.(rds|cache|elb)\.[\w.-]*amazonaws\.com|['\"/@](10|172\.(1[6-9]|2\d|3[01])|192\.168)(\.\d{1,3}){2,3}\b")
    if found:
        mend = 'read it from the environment, such as ENV["AWS_INTRO_SAMPLE_REDIS_ADDRESS"], or name db.home and cache.home'
        yield Finding("hard-coded-host", BREAKS, "an address of some other stack stands in the configuration", mend, at(found))


def mail(app: Application, stack: Stack) -> Iterator[Finding]:
    port = r"\bport['\"]?\s*(:|=>)\s*['\"]?{}\b"
    blocked = [line for line in app.matching(port.replace("{}", "25")) if line.file.endswith(".rb")]
    if blocked:
        yield Finding("smtp-port", BREAKS, "mail goes out on port 25, which EC2 blocks", "port: 465 with tls: true, or port: 587", at(blocked))
    wrapped = [line for line in app.matching(port.replace("{}", "465")) if line.file.endswith(".rb")]
    if wrapped and not app.matching(r"\b(tls|ssl)['\"]?\s*(:|=>)\s*true\b"):
        yield Finding("smtp-tls", BREAKS, "port 465 speaks TLS from its first byte, and the mailer does not", "tls: true beside the port", at(wrapped))


def database_tls(app: Application, stack: Stack) -> Iterator[Finding]:
    if stack["database_url"]:
        return
    lines = [line for line in app.lines if line.file == "config/database.yml"]
    if lines and app.has("mysql2") and not any("ssl" in line.text or "DATABASE_URL" in line.text for line in lines):
        mend = 'sslca: <%= ENV["DATABASE_CA"] %> in config/database.yml, or name the database in railyard_app_database'
        yield Finding("database-tls", BREAKS, "the database takes connections over TLS only, and the configuration knows none", mend, "config/database.yml")


def versions(app: Application, stack: Stack) -> Iterator[Finding]:
    if app.ruby and stack["ruby_provider"] == "rbenv" and version_of(app.ruby) != version_of(stack["ruby_version"])[: len(version_of(app.ruby))]:
        what = f"the application wants Ruby {app.ruby}, and servers have {stack['ruby_version']}"
        yield Finding("ruby-version", BREAKS, what, f"railyard_ruby_version: {app.ruby}")
    if app.ruby and version_of(app.ruby) < version_of(OLDEST_RUBY):
        yield Finding(
            "ruby-ended",
            WARNS,
            f"Ruby {app.ruby} gets no security fixes any more",
            f"Ruby {OLDEST_RUBY} or newer, in Gemfile and railyard_ruby_version",
        )
    if app.has("rails", below=OLDEST_RAILS):
        yield Finding("rails-ended", WARNS, f"Rails {app.gems['rails']} gets no security fixes any more", f'gem "rails", ">= {OLDEST_RAILS}"', "Gemfile.lock")


CHECKS: tuple[Callable[[Application, Stack], Iterator[Finding]], ...] = (
    lock_file,
    server,
    cache_cluster,
    metadata,
    object_acl,
    hosts,
    mail,
    database_tls,
    versions,
    *files.CHECKS,
    *secrets.CHECKS,
)


def examine(app: Application, stack: Stack) -> list[Finding]:
    """Everything that was found, what breaks first."""
    found = [finding for check in CHECKS for finding in check(app, stack)]
    return sorted(found, key=lambda finding: finding.weight != BREAKS)


def told(findings: list[Finding]) -> str:
    """The same in lines for people."""
    breaks = sum(finding.weight == BREAKS for finding in findings)
    lines = [f"{breaks} to mend before it works on this stack." if breaks else "Nothing of it breaks on this stack."]
    for finding in findings:
        lines.append(f"  {finding.weight}: {finding.what}{f' ({finding.where})' if finding.where else ''}.")
        lines.append(f"    Mend: {finding.mend}")
    return "\n".join(lines)
