# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What AWS asks of an application: tokens for credentials, clusters of Redis.

Sources: AWS's lists of what speaks IMDSv2; the changes of the gem redis.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack, at

#: Gem → the first version that asks for the role's credentials with a token, and what uses it.
IMDSV2 = {"fog-aws": "3.6.4", "aws-sdk-core": "3.79.0"}


def cache_cluster(app: Application, stack: Stack) -> Iterator[Finding]:
    """A plain URL reaches one shard: keys of the others fail with MOVED, and Rails swallows that."""
    if not stack["cluster_mode"]:
        return
    option, client = app.matching(r"\bcluster:\s*[\[(%]"), app.matching(r"\bRedis::Cluster\b")
    plain = app.matching(r":redis_store\b|:redis_cache_store\b|Redis(::Store)?\.new\b", without=r"(?i)\bcluster\b")
    # From version 5 on, redis raises at cluster: and leaves clusters to a gem of its own.
    apart = app.has("redis") and not app.has("redis", below="5.0.0")
    nodes = f'[ENV["{"AWS_INTRO_SAMPLE_REDIS_ADDRESS" if stack["contract"] == "book" else "REDIS_URL"}"]]'
    right = f"redis: Redis::Cluster.new(nodes: {nodes}), of gem redis-clustering," if apart else f"cluster: {nodes}"
    if plain and not option and not client:
        mend = f"{right} in place of the URL, or railyard_cache_cluster_mode: false before the cache is made"
        what = "the cache is a cluster, and is used with a plain URL: most keys would be lost"
        yield Finding("cache-cluster", BREAKS, what, mend, at(plain), variables={"railyard_cache_cluster_mode": False})
    if app.has("redis", below="4.1.0"):
        yield Finding("redis-gem", BREAKS, f"redis {app.gems['redis']} knows no clusters", 'gem "redis", ">= 4.1"', app.gem_at("redis"))
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
            yield Finding(
                "imdsv1",
                BREAKS,
                what,
                f'gem "{gem}", ">= {first}", or ec2_metadata_tokens: optional',
                app.gem_at(gem),
                variables={"ec2_metadata_tokens": "optional"},
            )


CHECKS: tuple[Check, ...] = (cache_cluster, metadata)
