"""The doctor on files that git does not have: what an application insists on, and what it asks for first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.plugins.doctor_lab import PRODUCTION, WELL, Lab, gems

APPLICATION = "module Shop\n  class Application < Rails::Application\n    {}\n  end\nend\n"
SETTINGS = "config/initializers/settings.rb"
INSISTS = """directory = Rails.root.join("config").to_s
Settings = Loader.create do
  unless ENV["X"] ||
    File.exist?(File.join(directory, "shop.toml")) ||
    File.exist?(File.join(directory, "shop.json"))
    warn "FATAL: copy shop.toml.example to shop.toml"
    exit!
  end
end
"""
#: Application → the file that it lacks.
LACKING = {
    "Rails' own way": (
        {"config/application.rb": APPLICATION.format("config.x = config_for(:secrets)")},
        "config/secrets.yml",
    ),
    "by its path": ({SETTINGS: 'X = YAML.load_file(Rails.root.join("config", "shop.yml"))\n'}, "config/shop.yml"),
    "in a text": ({SETTINGS: 'X = YAML.load(File.read("#{Rails.root}/config/shop.yml"))\n'}, "config/shop.yml"),
    "with the end of the program": ({SETTINGS: INSISTS, "config/shop.toml.example": "x"}, "config/shop.toml"),
}
#: What starts.
THERE = {
    "asked for": {SETTINGS: 'X = YAML.load_file("config/x.yml") if File.exist?("config/x.yml")\n'},
    "on the same line": {SETTINGS: 'X = Rails.root.join("config/x.yml").file? && Rails.application.config_for(:x)\n'},
    "asked for around it": {SETTINGS: 'if File.exist?("config/x.yml")\n  X = YAML.load_file("config/x.yml")\nend\n'},
    "rescued": {SETTINGS: 'begin\n  X = YAML.load_file("config/x.yml")\nrescue Errno::ENOENT\n  X = {}\nend\n'},
    "later": {SETTINGS: 'def self.x\n  YAML.load_file("config/x.yml")\nend\n'},
    "for development": {"config/environments/development.rb": "config.x = config_for(:x)\n"},
    "there": {SETTINGS: "X = Rails.application.config_for(:shop)\n", "config/shop.yml": "production:\n  x: 1\n"},
    "a name that Ruby makes": {SETTINGS: 'X = YAML.load_file("config/#{name}.yml")\n'},
    "made by the build": {SETTINGS: 'X = JSON.parse(File.read(Rails.root.join("public", "packs", "x.json")))\n'},
    "a default of a variable that is given": {SETTINGS: 'X = File.read(ENV["APP_HOST"] || "config/x.yml")\n'},
    "written there": {SETTINGS: 'File.write("config/x.yml", 1)\n'},
    "written": {SETTINGS: 'File.open("tmp/x.yml", "w") { |file| file << 1 }\n'},
}


@pytest.mark.parametrize("case", LACKING)
def test_what_an_application_does_not_start_without(tmp_path: Path, case: str) -> None:
    files, path = LACKING[case]
    found = Lab(tmp_path).findings(files)["absent-file"]
    assert found.weight == "breaks" and path in found.what
    assert found.variables == {"railyard_app_source": "FILL-IN", "app_includes": [path]}


@pytest.mark.parametrize("case", THERE)
def test_what_starts(tmp_path: Path, case: str) -> None:
    assert "absent-file" not in Lab(tmp_path).findings(THERE[case])


def test_a_directory_brings_it_by_itself(tmp_path: Path) -> None:
    files, path = LACKING["by its path"]
    found = Lab(tmp_path).findings(files, source="/home/ada/shop")["absent-file"]
    assert found.variables == {"app_includes": [path]}


def test_of_a_directory_what_git_does_not_track_is_left_out(tmp_path: Path) -> None:
    files, path = LACKING["Rails' own way"]
    lab = Lab(tmp_path)
    there = {**files, path: "production:\n  key: x\n"}
    directory = {"source": "/home/ada/shop"}
    assert "absent-file" not in lab.findings(there, **directory)  # without git all of it comes along
    index = tmp_path / ".git" / "index"
    index.parent.mkdir()
    index.write_bytes(b"DIRC\0\0\0\2 Gemfile config/application.rb")
    assert lab.findings(there, **directory)["absent-file"].variables == {"app_includes": [path]}
    more = lab.findings(there, **directory, includes=["config/shop.key"])["absent-file"]
    assert more.variables == {"app_includes": ["config/shop.key", path]}
    assert "absent-file" not in lab.findings(there, **directory, includes=["config/secrets.yml"])
    assert "absent-file" not in lab.findings(there)  # a git URL: what is read is what is committed
    index.write_bytes(b"DIRC\0\0\0\2 Gemfile config/secrets.yml")
    assert "absent-file" not in lab.findings(there, **directory)


def test_files_of_which_there_are_samples_only_are_told_of(tmp_path: Path) -> None:
    names = ("a.yml.example", "b.sample.yml", "c.yml-example", "d.toml.dist", "e.yml.example")
    lab = Lab(tmp_path)
    text, _file = lab.report({f"config/{name}": "x" for name in names})
    assert "starts without config/a.yml, config/b.yml, config/c.yml, config/d.toml and 1 more, of which git has" in text
    there = {f"config/{name}": "x" for name in ("a.yml", "b.yml", "c.yml", "d.toml", "e.yml")}
    assert "samples" not in lab.report(there)[0]


QUEUE = "config.solid_queue.connects_to = { database: { writing: :queue, reading: :queue } }"


def test_a_database_that_only_code_names(tmp_path: Path) -> None:
    files = {**gems("solid_queue 1.1.0"), PRODUCTION: f"Rails.application.configure do\n  {QUEUE}\nend\n"}
    lab = Lab(tmp_path)
    found = lab.findings(files)["databases"]
    assert (found.weight, found.where) == ("breaks", f"{PRODUCTION}:2")
    assert "railyard_app_databases: [queue]" in found.mend and found.variables == {}
    (tmp_path / "config/database.yml").unlink()
    without = lab.findings({**files, "config/database.yml": None})["databases"]
    assert without.variables == {
        "railyard_app_source": "FILL-IN",
        "app_includes": ["config/database.yml"],
        "railyard_app_databases": ["queue"],
    }


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("app/models/application_record.rb", "connects_to database: { writing: :primary, reading: :primary_replica }"),
        ("config/cache.yml", "production:\n  database: cache\n"),
    ],
)
def test_databases_of_models_and_of_solid_cache(tmp_path: Path, place: str, text: str) -> None:
    store = WELL[PRODUCTION].replace(':redis_cache_store, { url: ENV["REDIS_URL"] }', ":solid_cache_store")
    found = Lab(tmp_path).findings({**gems("solid_cache 1.0.7"), PRODUCTION: store, place: text})
    assert found["databases"].weight == "breaks"


def test_databases_that_ruby_makes_cannot_be_told(tmp_path: Path) -> None:
    text = "production:\n  primary:\n    adapter: mysql2\n"
    text += "<% %w[a b].each do |name| %>\n  <%= name %>:\n    adapter: mysql2\n<% end %>\n"
    model = "class Part < ApplicationRecord\n  connects_to database: { writing: :a }\nend\n"
    assert "databases" not in Lab(tmp_path).findings({"config/database.yml": text, "app/models/part.rb": model})


def test_a_list_in_database_yml_is_no_database(tmp_path: Path) -> None:
    text = (
        WELL["config/database.yml"] + "  host_names:\n    - shop.example.com\n  variables:\n    sql_mode: TRADITIONAL\n"
    )
    assert Lab(tmp_path).findings({"config/database.yml": text}) == {}
