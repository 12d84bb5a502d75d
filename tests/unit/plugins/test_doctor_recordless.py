"""The doctor on applications without Active Record, gems of Rust, directories of uploads, and old Bundlers."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._doctor.bundle import newest_bundler

from tests.unit.plugins.doctor_lab import Lab, gems

WITHOUT = {
    **gems(without=("mysql2", "sqlite3")),
    "config/application.rb": 'require "rails"\nrequire "action_controller/railtie"\nmodule Quotes\nend\n',
    "config/database.yml": None,
}


def test_an_application_without_active_record_has_nothing_to_migrate(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    found = lab.findings(WITHOUT)["migrations"]
    assert found.weight == "breaks"
    assert found.variables == {"app_migrate_command": "", "railyard_app_database": ""}
    assert lab.findings(WITHOUT, migrate_command="", database_url=False) == {}


@pytest.mark.parametrize(
    "more",
    [
        {"config/application.rb": 'require "rails/all"\n'},
        {"config/application.rb": 'require "rails"\n%w[active_record/railtie].each { |one| require one }\n'},
        {"config/application.rb": "module Quotes\nend\n"},
        {"lib/tasks/db.rake": "namespace :db do\n  task(:migrate) { Quotes.migrate }\nend\n"},
        {"db/schema.rb": "x"},
        {"Gemfile.lock": None},
        gems("mongoid 9.0.6", without=("mysql2", "sqlite3")),
    ],
)
def test_who_migrates_or_may(tmp_path: Path, more: dict[str, str | None]) -> None:
    assert "migrations" not in Lab(tmp_path).findings({**WITHOUT, **more})


def test_a_gem_of_rust_is_built_unless_it_is_there_compiled(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    files = gems("commonmarker 2.3.0")
    assert lab.findings(files)["packages"].variables == {"rbenv_build_packages_extra": ["cargo", "libclang-dev"]}
    text = files["Gemfile.lock"]
    compiled = text.replace(
        "    commonmarker (2.3.0)\n", "    commonmarker (2.3.0)\n    commonmarker (2.3.0-x86_64-linux)\n"
    )
    assert "packages" not in lab.findings({**files, "Gemfile.lock": compiled})
    assert "packages" not in lab.findings(gems("commonmarker 0.23.10"))
    (tmp_path / "Gemfile.lock").unlink()
    assert "packages" not in lab.findings({**files, "Gemfile.lock": None}, bundle_frozen=False)


@pytest.mark.parametrize(
    ("gem", "package"), [("rszr", "libimlib2-dev"), ("mahoro", "libmagic-dev"), ("ruby-ldap", "libldap-dev")]
)
def test_packages_of_further_gems(tmp_path: Path, gem: str, package: str) -> None:
    found = Lab(tmp_path).findings(gems(f"{gem} 1.0.0"))["packages"]
    assert found.weight == "breaks" and package in found.variables["rbenv_build_packages_extra"]


UPLOADER = "class PhotoUploader < CarrierWave::Uploader::Base\n  storage :file\n  def store_dir\n    {}\n  end\nend\n"


@pytest.mark.parametrize(
    ("said", "root", "directory"),
    [
        ('"uploads/#{model.class}"', "", "public/uploads"),
        ('"system/#{model.class}/#{model.id}"', "", "public/system"),
        ('Rails.root.join("files", model.id.to_s)', "", "files"),
        ('"#{Rails.root}/data/uploads/#{model.id}"', "", "data/uploads"),
        ('"photos/#{model.id}"', 'config.root = Rails.root.join("storage")', "storage/photos"),
        ('"#{base}/x"', "", "public/uploads"),
    ],
)
def test_the_directory_that_an_uploader_names(tmp_path: Path, said: str, root: str, directory: str) -> None:
    files = {
        **gems("carrierwave 3.0.7"),
        "app/uploaders/photo_uploader.rb": UPLOADER.replace("{}", said),
        "config/initializers/carrierwave.rb": f"CarrierWave.configure do |config|\n  {root}\nend\n",
    }
    found = Lab(tmp_path).findings(files)["carrierwave"]
    assert found.variables["app_shared"] == ["log", "tmp/pids", directory]


@pytest.mark.parametrize(
    ("ruby", "bundler"), [("3.4.7", "2.6.9"), ("3.0.7", "2.4.22"), ("2.6.6", "2.3.27"), ("2.2.1", "1.17.3")]
)
def test_the_newest_bundler_that_runs(ruby: str, bundler: str) -> None:
    assert newest_bundler(ruby) == bundler


def test_what_a_line_only_compares_with_is_no_address(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    file = "config/initializers/mongo.rb"
    assert lab.findings({file: "X = 1 if settings.url == 'mongodb://localhost'\n"}) == {}
    found = lab.findings({file: "X = connect('mongodb://localhost/shop')\n"})["local-service"]
    assert "MONGODB_URI" in found.mend
