"""app_doctor: applications in a few lines, each with one illness, and one that is well."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.modules import app_doctor

WELL = {
    "Gemfile": 'source "https://rubygems.org"\n'
    + "".join(f'gem "{name}"\n' for name in ("rails", "mysql2", "puma", "redis", "redis-clustering", "aws-sdk-core")),
    "Gemfile.lock": """GEM
  specs:
    aws-sdk-core (3.220.1)
    mysql2 (0.5.6)
    puma (6.4.0)
    rails (8.0.2)
    redis (5.3.0)
    redis-clustering (5.3.0)

RUBY VERSION
   ruby 3.4.1p0
""",
    "config/database.yml": 'production:\n  sslca: <%= ENV["DATABASE_CA"] %>\n',
    "config/environments/production.rb": """
config.cache_store = :redis_cache_store, { redis: Redis::Cluster.new(nodes: [ENV["REDIS"]]) }
config.action_mailer.smtp_settings = { address: ENV["AWS_INTRO_SAMPLE_SMTP_ADDRESS"], port: 465, tls: true }
""",
}
PRODUCTION = "config/environments/production.rb"
GEMS = WELL["Gemfile.lock"]


@pytest.fixture
def examine(run_module, tmp_path):
    """``examine(files, **stack)`` writes a well application with other files in place and returns the result."""

    def examine(files: dict[str, str | None], **stack) -> dict:
        for name, text in {**WELL, **files}.items():
            if text is not None:
                file = tmp_path / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
        return run_module(app_doctor, path=str(tmp_path), **{"ruby_version": "3.4.1", **stack})

    return examine


def test_a_well_application_has_nothing(examine):
    result = examine({})
    assert (result["findings"], result["breaks"], result["changed"]) == ([], 0, False)


PLAIN_CACHE = 'config.cache_store = :redis_store, "#{ENV["REDIS"]}/0/cache"\n'
HARD_CODED = """
# "10.0.0.1" in a comment is fine
HOST = "shop.abc.0001.apne1.cache.amazonaws.com"
"""
ILL = {
    "lock-file": ({"Gemfile.lock": None}, "bundle lock", "Gemfile"),
    "puma": ({"Gemfile.lock": GEMS.replace("puma", "thin")}, "bundle add puma", "Gemfile.lock"),
    "cache-cluster": ({PRODUCTION: PLAIN_CACHE}, "railyard_cache_cluster_mode: false", f"{PRODUCTION}:1"),
    "imdsv1": (
        {"Gemfile.lock": GEMS.replace("aws-sdk-core (3.220.1)", "fog-aws (2.0.1)")},
        "ec2_metadata_tokens: optional",
        "Gemfile.lock:3",
    ),
    "acl": (
        {
            "Gemfile.lock": GEMS.replace("    mysql2", "    carrierwave (1.2.2)\n    mysql2"),
            "app/uploaders/picture_uploader.rb": "class PictureUploader\n  storage :fog\nend\n",
            "config/initializers/fog.rb": "CarrierWave.configure { |config| config.fog_public = false }\n",
        },
        "BucketOwnerPreferred",
        "app/uploaders/picture_uploader.rb:2",
    ),
    "hard-coded-host": (
        {"config/initializers/cache.rb": HARD_CODED},
        "cache.home",
        "config/initializers/cache.rb:3",
    ),
    "smtp-port": (
        {PRODUCTION: WELL[PRODUCTION].replace("port: 465, tls: true", "port: 25")},
        "port: 587",
        f"{PRODUCTION}:3",
    ),
    "smtp-tls": ({PRODUCTION: WELL[PRODUCTION].replace(", tls: true", "")}, "tls: true", f"{PRODUCTION}:3"),
    "database-tls": (
        {"config/database.yml": "production:\n  adapter: mysql2\n"},
        "railyard_app_database",
        "config/database.yml:2",
    ),
    "ruby-version": (
        {"Gemfile.lock": GEMS.replace("3.4.1p0", "3.3.9p0")},
        "railyard_ruby_version: 3.3.9",
        "Gemfile.lock:11",
    ),
}


@pytest.mark.parametrize("illness", ILL)
def test_each_illness_is_found_with_its_place_and_its_cure(examine, illness):
    files, cure, place = ILL[illness]
    result = examine(files)
    assert [finding["id"] for finding in result["findings"]] == [illness]
    (finding,) = result["findings"]
    assert (finding["weight"], finding["where"], result["breaks"]) == ("breaks", place, 1)
    assert cure in finding["mend"]


def test_ended_versions_warn_and_break_nothing(examine):
    lock = GEMS.replace("3.4.1p0", "2.6.6p146").replace("rails (8.0.2)", "rails (5.1.7)")
    result = examine({"Gemfile.lock": lock}, ruby_version="2.6.6")
    assert {finding["id"]: finding["weight"] for finding in result["findings"]} == {
        "ruby-ended": "warns",
        "rails-ended": "warns",
    }
    assert result["breaks"] == 0


OPTION = 'config.cache_store = :redis_cache_store, { cluster: [ENV["REDIS"]] }\n'
OLD = GEMS.replace("redis (5.3.0)", "redis (4.2.2)").replace("    redis-clustering (5.3.0)\n", "")
CACHES = {
    "too old": ({"Gemfile.lock": OLD.replace("4.2.2", "4.0.3"), PRODUCTION: OPTION}, ">= 4.1", "Gemfile.lock:7"),
    "option of old ones": ({PRODUCTION: OPTION}, "Redis::Cluster.new", f"{PRODUCTION}:1"),
    "gem not there": (
        {"Gemfile.lock": GEMS.replace("    redis-clustering (5.3.0)\n", "")},
        "bundle add redis-clustering",
        f"{PRODUCTION}:2",
    ),
}


@pytest.mark.parametrize("case", CACHES)
def test_a_gem_that_cannot_speak_to_the_cluster_is_found(examine, case):
    files, cure, place = CACHES[case]
    (finding,) = examine(files)["findings"]
    assert (finding["id"], finding["weight"], finding["where"]) == ("redis-gem", "breaks", place)
    assert cure in finding["mend"]
    assert examine(files, cluster_mode=False)["findings"] == []


@pytest.mark.parametrize(("lock", "cure"), [(OLD, 'cluster: [ENV["REDIS_URL"'), (GEMS, "Redis::Cluster.new(nodes:")])
def test_the_cure_of_a_plain_url_is_one_that_the_gem_takes(examine, lock, cure):
    (finding,) = examine({"Gemfile.lock": lock, PRODUCTION: PLAIN_CACHE})["findings"]
    assert (finding["id"], cure in finding["mend"]) == ("cache-cluster", True)


def test_an_old_gem_with_its_option_is_well(examine):
    assert examine({"Gemfile.lock": OLD, PRODUCTION: OPTION})["findings"] == []


def test_people_are_told_what_breaks_where_and_what_mends_it(examine):
    assert examine({})["text"].startswith("Nothing of it breaks on this stack.\n")
    said = examine({PRODUCTION: PLAIN_CACHE})["text"]
    assert said.startswith("1 to mend before it works on this stack.\n  breaks: the cache is a cluster")
    assert f"({PRODUCTION}:1).\n    Mend: redis: Redis::Cluster.new" in said


@pytest.mark.parametrize(
    ("illness", "stack"),
    [
        ("cache-cluster", {"cluster_mode": False}),
        ("imdsv1", {"metadata_tokens": "optional"}),
        ("acl", {"object_ownership": "BucketOwnerPreferred"}),
        ("lock-file", {"bundle_frozen": False}),
        ("database-tls", {"database_url": True}),
    ],
)
def test_a_stack_that_gives_what_is_needed_makes_it_well(examine, illness, stack):
    assert examine(ILL[illness][0], **stack)["findings"] == []


def test_a_directory_without_a_gemfile_is_no_application(run_module, tmp_path):
    result = run_module(app_doctor, path=str(tmp_path))
    assert result["failed"] and "has no Gemfile" in result["msg"]


def test_the_sample_application_is_well(run_module):
    sample = Path(__file__).resolve().parents[3] / "examples" / "sample-app"
    result = run_module(app_doctor, path=str(sample), ruby_provider="package", database_url=True)
    assert (result["findings"], result["proposal"]) == ([], "")
