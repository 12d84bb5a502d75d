# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services that an application needs and that this stack does not have: it has MySQL, Redis, S3 and SES."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line


@dataclass(frozen=True)
class Service:
    """A service: gems that speak to it, variables that say where it is, what uses it in code, what does in its place, and what is spared."""

    name: str
    gems: tuple[str, ...]
    variables: tuple[str, ...]
    used: str = ""
    instead: str = ""
    #: What uses it and goes on where nothing answers.
    spared: str = ""


_SERVICES = (
    Service(
        "Elasticsearch or OpenSearch",
        (
            "elasticsearch-model",
            "elasticsearch-rails",
            "elasticsearch-persistence",
            "searchkick",
            "chewy",
            "elasticsearch",
            "opensearch-ruby",
            "opensearch-sdk-ruby",
        ),
        ("ELASTICSEARCH_URL", "OPENSEARCH_URL", "ELASTICSEARCH_HOST", "OPENSEARCH_HOST", "ES_HOST", "ES_URL", "BONSAI_URL", "SEARCHBOX_URL"),
        r"\bElasticsearch::(Model|Client|Persistence)|\bOpenSearch::Client|\bsearchkick\b|\bSearchkick\.|\bChewy\b",
    ),
    Service("MongoDB", ("mongoid", "mongo", "mongo_mapper"), ("MONGODB_URI", "MONGODB_URL", "MONGO_URL", "MONGO_URI", "MONGOID_URI", "MONGODB_HOST")),
    Service(
        "memcached",
        ("dalli",),
        ("MEMCACHE_SERVERS", "MEMCACHED_SERVERS", "MEMCACHEDCLOUD_SERVERS", "MEMCACHIER_SERVERS", "MEMCACHE_URL", "MEMCACHED_URL"),
        r":mem_cache_store|:dalli_store|\bDalli::Client\b|:memcached\b",
        "config.cache_store = :redis_cache_store with the stack's cache",
        # Rails takes every error of the client for an empty cache.
        r"\bcache_store\b",
    ),
    Service(
        "RabbitMQ",
        ("bunny", "sneakers", "hutch", "advanced-sneakers-activejob"),
        ("RABBITMQ_URL", "AMQP_URL", "CLOUDAMQP_URL", "RABBITMQ_HOST", "WORKERS_AMQP"),
    ),
    Service(
        "Kafka",
        ("ruby-kafka", "karafka", "rdkafka", "racecar", "waterdrop", "phobos"),
        ("KAFKA_BROKERS", "KAFKA_URL", "KAFKA_BOOTSTRAP_SERVERS", "RACECAR_BROKERS"),
    ),
    Service("Solr", ("sunspot_rails", "rsolr", "blacklight"), ("SOLR_URL", "WEBSOLR_URL")),
    Service("Sphinx or Manticore", ("thinking-sphinx",), ("SPHINX_HOST", "MANTICORE_HOST")),
    Service("Meilisearch", ("meilisearch-rails", "meilisearch"), ("MEILISEARCH_HOST", "MEILISEARCH_URL", "MEILI_HOST")),
    Service("Typesense", ("typesense", "typesense-rails"), ("TYPESENSE_HOST", "TYPESENSE_URL")),
    Service("Neo4j", ("activegraph", "neo4j", "neo4j-ruby-driver"), ("NEO4J_URL",)),
    Service("Cassandra", ("cassandra-driver",), ("CASSANDRA_HOSTS",)),
    Service("InfluxDB", ("influxdb", "influxdb-client", "influxdb-rails"), ("INFLUXDB_URL", "INFLUXDB_HOST")),
    Service("ClickHouse", ("clickhouse-activerecord", "click_house"), ("CLICKHOUSE_URL", "CLICKHOUSE_HOST")),
    Service("LDAP", ("devise_ldap_authenticatable", "activeldap"), ("LDAP_HOST", "LDAP_URL")),
    Service("Faktory", ("faktory_worker_ruby",), ("FAKTORY_URL", "FAKTORY_PROVIDER")),
)
#: A switch that turns a service on or off.
_SWITCH = re.compile(
    r"ENV(?:\[|\.fetch\()\s*['\"]"
    r"(\w*(?:ES|ELASTIC\w*|OPENSEARCH|SEARCH\w*|MONGO\w*|RABBIT\w*|KAFKA|SOLR|LDAP|MEILI\w*|MEMCACHE\w*)_?(?:ENABLED?|ON|ACTIVE)"
    r"|(?:ENABLE|USE|WITH)_\w+)['\"]"
)

#: How variables end that say where a service is.
_ADDRESS = re.compile(r"(URL|URI|HOST|SERVER|ENDPOINT|ADDRESS|BROKER|NODE)S?$")


def services(app: Application, stack: Stack) -> Iterator[Finding]:
    for service in _SERVICES:
        gems = app.any_of(*service.gems)
        # A gem that another one brings is not the application's own wish.
        gems = [gem for gem in gems if gem in app.gemfile.groups] or ([] if app.gemfile.groups else gems)
        if not gems:
            continue
        used = [line for line in app.lines if service.used and re.search(service.used, line.text)]
        if service.used and not used:
            used = [line for line in app.lines_of("app/**/*.rb", "lib/**/*.rb") if re.search(service.used, line.text)]
            if not used:
                continue
        reading = {name for line in used for name in _read(line)}
        named = reading | {name for line in app.lines for name in _read(line)}
        if any(name in stack["environment"] for name in (*service.variables, *reading)):
            continue
        prefix = re.compile("|".join(re.escape(name.split("_")[0]) for name in service.variables))
        if any(prefix.match(name) for name in stack["environment"] if name in named):
            continue
        switches = [line for line in app.lines if _SWITCH.search(line.text)]
        own = [name for name in service.variables if name in named] or sorted(name for name in named if prefix.match(name) and _ADDRESS.search(name))
        variable = own[0] if own else service.variables[0]
        mend = f"{service.instead}, or " if service.instead else ""
        mend += f"app_environment with {variable}: the address of a {service.name} of your own in the stack's VPC"
        where = ", ".join(filter(None, (app.gem_at(gems[0]), at(used[:2]))))
        if service.spared and all(re.search(service.spared, line.text) for line in used):
            what = f"{gems[0]} keeps the cache in {service.name}, which this stack does not have: Rails goes on, and finds nothing in its cache"
            yield Finding("service", WARNS, what, mend, where)
            continue
        what = f"{gems[0]} needs {service.name}, which this stack does not have"
        if switches:
            found = _SWITCH.search(switches[0].text)
            what += f", unless {found[1] if found else ''} ({switches[0]}) leaves it off"
        given = {"app_environment": {variable: names.UNKNOWN}}
        yield Finding("service", WARNS if switches else BREAKS, what, mend, where, variables={} if switches else given)


def _read(line: Line) -> list[str]:
    """Variables of the environment that a line reads."""
    return re.findall(r"ENV(?:\[|\.fetch\()\s*['\"](\w+)", line.text)


def only_cached(app: Application, name: str) -> bool:
    """Whether a variable leads to a memcached that nothing but Rails' cache speaks to."""
    memcached = next(service for service in _SERVICES if service.spared)
    if not re.match(r"(?:\w+_)?MEMCACHE", name) or not _ADDRESS.search(name) or not app.any_of(*memcached.gems):
        return False
    used = [line for line in (*app.lines, *app.lines_of("app/**/*.rb", "lib/**/*.rb")) if re.search(memcached.used, line.text)]
    return bool(used) and all(re.search(memcached.spared, line.text) for line in used)


def speaks_over_cable(app: Application) -> list[Line]:
    """Lines that send or hear anything over Action Cable, which reads its configuration no sooner."""
    return [
        line
        for line in app.lines_of("app/**/*.rb", "app/**/*.erb", "app/**/*.haml", "app/**/*.slim", "lib/**/*.rb", "config/initializers/**/*.rb")
        if re.search(r"turbo_stream_from|broadcasts?(_to|_refreshes)?\b|broadcast_\w+|stream_(for|from)\b|ActionCable\.server", line.text)
    ]


def cable(app: Application, stack: Stack) -> Iterator[Finding]:
    """Action Cable: each server's own adapter reaches its own visitors only."""
    lines = app.yaml_lines("config/cable.yml")
    adapter = next((line for line in lines if re.search(r"\badapter:\s*(async|inline)\b", line.text)), None)
    used = speaks_over_cable(app)
    if adapter and used and stack["servers"] > 1:
        variable = "AWS_INTRO_SAMPLE_REDIS_ADDRESS" if stack["contract"] == "book" else "REDIS_URL"
        what = f"Action Cable's adapter async reaches visitors of one server only, and there are {stack['servers']}"
        yield Finding("cable", WARNS, what, f'adapter: redis with url: <%= ENV["{variable}"] %> in config/cable.yml', at([adapter, *used[:1]]))


CHECKS: tuple[Check, ...] = (services, cable)
