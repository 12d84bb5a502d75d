"""The doctor on gems that the Gemfile has, and that servers leave out: by group, by condition, or altogether."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.module_utils._doctor.checks import examine

from tests.unit.plugins.doctor_lab import PRODUCTION, STACK, WELL, Lab, gems

PUMA_FOR_TESTS = WELL["Gemfile"].replace('gem "puma"\n', "") + "group :test do\n  gem 'puma', require: false\nend\n"
OPTIONAL = """gem "rails"
gem "puma"
group :mysql, optional: true do
  gem "mysql2"
end
group :postgresql, optional: true do
  gem "pg"
end
"""
#: Takes the adapter that a file names, which git ignores.
ASKING = """gem "rails"
gem "puma"
file = File.join(__dir__, "config/database.yml")
if File.exist?(file)
  YAML.load_file(file).values.each do |one|
    case one["adapter"]
    when "mysql2"
      gem "mysql2"
    when "postgresql"
      gem "pg"
    end
  end
end
"""


def again(root: Path, **options: object) -> set[str]:
    """What breaks of an application that was written, where servers install other groups."""
    from ansible_collections.railyard.aws.plugins.module_utils._doctor import names
    from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application

    stack = {**STACK, "provided": names.given_by("rails")}
    return {one.id for one in examine(Application(root, **options), stack) if one.weight == "breaks"}  # type: ignore[arg-type]


def test_puma_of_another_group_comes_with_that_group(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    proposed = yaml.safe_load(lab.report({"Gemfile": PUMA_FOR_TESTS})[1])
    assert proposed == {"app_bundle_without": "development"}
    assert again(tmp_path, without=("development",)) == set()


def test_of_two_groups_the_one_with_fewer_gems_comes_along(tmp_path: Path) -> None:
    gemfile = PUMA_FOR_TESTS.replace("group :test do\n  gem 'puma'", "group :development, :test do\n  gem 'puma'")
    gemfile += "group :test do\n  gem 'capybara'\nend\n"
    assert yaml.safe_load(Lab(tmp_path).report({"Gemfile": gemfile})[1]) == {"app_bundle_without": "test"}


@pytest.mark.parametrize("server", ["unicorn", "passenger", "falcon"])
def test_another_server_is_named_and_serves_nobody(tmp_path: Path, server: str) -> None:
    found = Lab(tmp_path).findings(gems(f"{server} 6.0.0", without=("puma",)))["puma"]
    assert (found.weight, found.variables) == ("breaks", {})
    assert f"{server} is, which nobody starts there" in found.what
    assert "bundle add puma" in found.mend and "railyard_app_threads" in found.mend


def test_puma_for_tests_counts_as_absent_without_a_lock_file_too(tmp_path: Path) -> None:
    gemfile = PUMA_FOR_TESTS + "eval_gemfile 'Gemfile.local' if File.exist?('Gemfile.local')\n"
    found = Lab(tmp_path).findings({"Gemfile": gemfile, "Gemfile.lock": None}, bundle_frozen=False)
    assert found["puma"].variables == {"app_bundle_without": "development"}


def test_an_optional_group_is_let_in(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    files = {**gems("pg 1.5.9", without=("sqlite3",)), "Gemfile": OPTIONAL, "db/schema.rb": "x"}
    found = lab.findings(files)["database-gem"]
    assert found.variables == {"app_environment": {"BUNDLE_WITH": "mysql"}}
    assert again(tmp_path, optional=("mysql",)) == set()
    assert again(tmp_path, optional=("mysql", "postgresql")) == {"packages"}  # libpq's headers


def test_of_an_optional_group_for_another_engine_that_comes_along(tmp_path: Path) -> None:
    files = {
        **gems("pg 1.5.9", without=("mysql2", "sqlite3")),
        "Gemfile": OPTIONAL.replace('"mysql2"', '"sqlite3"'),
        "db/schema.rb": "x",
    }
    found = Lab(tmp_path).findings({**files, "config/database.yml": None})["database-gem"]
    assert found.variables == {"app_environment": {"BUNDLE_WITH": "postgresql"}, "railyard_database_engine": "postgres"}


def test_an_adapter_that_only_a_missing_file_would_bring(tmp_path: Path) -> None:
    files = {
        "Gemfile": ASKING,
        "Gemfile.lock": None,
        "config/database.yml": None,
        "config/database.yml.example": "production:\n  adapter: mysql2\n",
    }
    lab = Lab(tmp_path)
    found = lab.findings(files, bundle_frozen=False)["database-file"]
    assert found.variables == {"railyard_app_source": "FILL-IN", "app_includes": ["config/database.yml"]}
    assert "written like config/database.yml.example" in found.mend
    # With that file in a directory of one's own it is nobody's business any more.
    there = {**files, "config/database.yml": WELL["config/database.yml"]}
    assert "database-file" not in lab.findings(there, bundle_frozen=False)


@pytest.mark.parametrize(
    "reads",
    [
        'eval_gemfile "Gemfile.local"\n',
        'local = File.join(File.dirname(__FILE__), "Gemfile.local")\neval_gemfile local if File.exist?(local)\n',
        'Dir.glob(File.expand_path("{Gemfile.plugins,Gemfile.local}", __dir__)).each { |file| eval_gemfile file }\n',
    ],
)
def test_gems_of_another_gemfile_that_is_there(tmp_path: Path, reads: str) -> None:
    lab = Lab(tmp_path)
    files = {"Gemfile": ASKING.replace('gem "puma"\n', "") + 'group :test do\n  gem "puma"\nend\n' + reads}
    files |= {"Gemfile.local": 'gem "mysql2"\ngem "puma"\n'}
    absent: dict[str, str | None] = {"Gemfile.lock": None, "config/database.yml": None}
    assert lab.findings({**files, **absent}, bundle_frozen=False) == {}
    (tmp_path / "Gemfile.local").unlink()
    del files["Gemfile.local"]
    assert set(lab.findings({**files, **absent}, bundle_frozen=False)) == {"puma", "database-file"}


@pytest.mark.parametrize(
    ("line", "gem"),
    [
        ("config.cache_store = :mem_cache_store", "dalli"),
        ("config.active_job.queue_adapter = :sidekiq", "sidekiq"),
        ("config.assets.js_compressor = :uglifier", "uglifier"),
    ],
)
def test_what_a_setting_names_and_no_gem_brings(tmp_path: Path, line: str, gem: str) -> None:
    files = {**gems("sprockets-rails 3.5.2"), PRODUCTION: f"Rails.application.configure do\n  {line}\nend\n"}
    lab = Lab(tmp_path)
    found = lab.findings(files)["setting-gem"]
    assert (found.weight, found.where, found.mend) == ("breaks", f"{PRODUCTION}:2", f"bundle add {gem}")
    assert "setting-gem" not in lab.findings({**files, **gems("sprockets-rails 3.5.2", f"{gem} 4.0.0")})


def test_what_a_variable_may_name_is_no_setting_for_certain(tmp_path: Path) -> None:
    line = 'config.active_job.queue_adapter = ENV.fetch("JOBS", "sidekiq").to_sym'
    files = {PRODUCTION: f"Rails.application.configure do\n  {line}\nend\n"}
    assert "setting-gem" not in Lab(tmp_path).findings(files)


def test_dalli_without_a_store_of_its_own(tmp_path: Path) -> None:
    files = {PRODUCTION: "Rails.application.configure do\n  config.cache_store = :dalli_store\nend\n"}
    lab = Lab(tmp_path)
    assert lab.findings({**files, **gems("dalli 3.2.8")})["setting-gem"].weight == "breaks"
    assert "setting-gem" not in lab.findings({**files, **gems("dalli 2.7.11")})
