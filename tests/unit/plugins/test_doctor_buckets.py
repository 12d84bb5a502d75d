"""The doctor on the way to the bucket: names of an application's own for it, and switches that choose it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.plugins.doctor_lab import PRODUCTION, WELL, Lab, gems

STORAGE = "config/storage.yml"
SERVICES = """local:
  service: Disk
  root: <%= Rails.root.join("storage") %>
archive:
  service: S3
  access_key_id: <%= ENV.fetch("STORE_KEY") %>
  secret_access_key: <%= ENV["STORE_SECRET"] %>
  region: <%= ENV["STORE_PLACE"] %>
  bucket: <%= ENV["STORE_NAME"] %>
other:
  service: S3
  bucket: <%= ENV["OTHER_BUCKET"] %>
"""


def attaching(setting: str, services: str = SERVICES) -> dict[str, str]:
    return {
        **gems("aws-sdk-s3 1.190.0"),
        "app/models/item.rb": "class Item < ApplicationRecord\n  has_one_attached :photo\nend\n",
        STORAGE: services,
        PRODUCTION: WELL[PRODUCTION].replace("end\n", f"  config.active_storage.service = {setting}\nend\n"),
    }


def environment(found: dict[str, Any], name: str) -> dict[str, Any]:
    given: dict[str, Any] = found[name].variables["app_environment"]
    return given


def test_a_service_is_told_its_bucket_by_the_names_that_it_reads(tmp_path: Path) -> None:
    found = Lab(tmp_path).findings(attaching(":archive"))
    assert environment(found, "active-storage-bucket") == {
        "STORE_NAME": {"from": "bucket.name"},
        "STORE_PLACE": {"from": "bucket.region"},
    }
    # Where no key is set, the client asks the server's role; what is fetched has to be there nevertheless.
    assert environment(found, "environment") == {"STORE_KEY": ""}
    assert "environment-empty" not in found  # of a service that is not chosen


def test_a_service_that_a_variable_would_choose_brings_what_it_reads(tmp_path: Path) -> None:
    found = Lab(tmp_path).findings(attaching('ENV.fetch("STORE", "local").to_sym'))
    assert environment(found, "active-storage") == {
        "STORE": "archive",
        "STORE_NAME": {"from": "bucket.name"},
        "STORE_PLACE": {"from": "bucket.region"},
    }


@pytest.mark.parametrize(
    ("line", "weight"),
    [
        ('bucket: <%= ENV["X"] %>', "breaks"),
        ('bucket: <%= ENV.fetch("X", nil) %>', "breaks"),
        ("bucket: <%= ENV.fetch('X', '') %>", "breaks"),
        ('bucket: <%= ENV["X"] || "shop" %>', "warns"),
        ('bucket: <%= ENV["S3_BUCKET"] %>', None),
        ('bucket: shop\n  region: <%= ENV.fetch("X", "us-east-1") %>', None),
        ('bucket: shop\n  endpoint: <%= ENV.fetch("X", nil) %>', "warns"),
    ],
)
def test_what_a_service_does_not_start_without(tmp_path: Path, line: str, weight: str | None) -> None:
    found = Lab(tmp_path).findings(attaching(":archive", f"archive:\n  service: S3\n  {line}\n"))
    one = found.get("active-storage-bucket")
    assert (one.weight if one else None) == weight


UPLOADER = {
    "app/uploaders/photo_uploader.rb": "class PhotoUploader < CarrierWave::Uploader::Base\n"
    "  if {0}\n    storage :fog\n  else\n    storage :file\n  end\nend\n",
    "config/initializers/carrierwave.rb": "CarrierWave.configure do |config|\n  config.fog_credentials = { %s }\n"
    "  config.fog_public = false\n"
    "  config.fog_attributes = { 'x-amz-acl' => 'bucket-owner-full-control' }\nend\n",
}
ROLE = "provider: 'AWS', use_iam_profile: true"
KEYS = "provider: 'AWS', aws_access_key_id: ENV['KEY'], aws_secret_access_key: ENV['SECRET']"


def uploading(condition: str, credentials: str = ROLE) -> dict[str, str]:
    uploader, initializer = UPLOADER.items()
    return {
        **gems("carrierwave 3.0.7", "fog-aws 3.30.0"),
        uploader[0]: uploader[1].replace("{0}", condition),
        initializer[0]: initializer[1] % credentials,
    }


@pytest.mark.parametrize(
    ("condition", "credentials", "switch"),
    [
        ('ENV["S3_ENABLED"] == "true"', ROLE, {"S3_ENABLED": "true"}),
        ('ENV["S3"] == "1"', ROLE, {"S3": "1"}),
        ('ENV["PHOTO_BUCKET"].present?', ROLE, {"PHOTO_BUCKET": {"from": "bucket.name"}}),
        ('ENV["USE_S3"]', ROLE, {"USE_S3": "true"}),
        # Fog asks for keys where nobody tells it of a role, and keys are a person's own.
        ('ENV["S3_ENABLED"] == "true"', KEYS, None),
        ('ENV["AWS_ACCESS_KEY_ID"].present?', ROLE, None),
        ('ENV["A"] == "true" && ENV["B"] == "true"', ROLE, None),
        ('ENV["LOCAL"] != "true"', ROLE, "fog"),
    ],
)
def test_a_switch_to_the_bucket(tmp_path: Path, condition: str, credentials: str, switch: Any) -> None:
    lab = Lab(tmp_path)
    found = lab.findings(uploading(condition, credentials))
    if switch == "fog":
        assert "carrierwave" not in found
    elif switch is None:
        assert "app_environment" not in found["carrierwave"].variables
        assert found["carrierwave"].variables["railyard_web_count"] == 1
    else:
        assert found["carrierwave"].variables == {"app_environment": switch}
        again = lab.findings(uploading(condition, credentials), environment=list(switch))
        assert "breaks" not in {one.weight for one in again.values()}


def test_files_that_everybody_is_to_read_stay_on_the_disk(tmp_path: Path) -> None:
    files = uploading('ENV["S3_ENABLED"] == "true"')
    initializer = "config/initializers/carrierwave.rb"
    files[initializer] = files[initializer].replace("  config.fog_public = false\n", "")
    assert "app_shared" in Lab(tmp_path).findings(files)["carrierwave"].variables


PAPERCLIP = """if ENV['S3_ENABLED'] == 'true'
  Paperclip::Attachment.default_options.merge!(
    storage: :s3,
    s3_permissions: {},
  )
else
  Paperclip::Attachment.default_options.merge!(storage: :filesystem)
end
"""


@pytest.mark.parametrize(("permissions", "given"), [(":private", "app_environment"), ("'public-read'", "app_shared")])
def test_paperclip_goes_to_the_bucket_with_what_is_private(tmp_path: Path, permissions: str, given: str) -> None:
    files = {
        **gems("kt-paperclip 7.2.2", "aws-sdk-s3 1.190.0"),
        "app/models/user.rb": "class User\n  has_attached_file :avatar\nend\n",
        "config/initializers/paperclip.rb": PAPERCLIP.replace("{}", permissions),
    }
    lab = Lab(tmp_path)
    assert given in lab.findings(files)["paperclip"].variables
    again = lab.findings(files, environment=["S3_ENABLED"])
    assert set(again) == ({"acl"} if permissions == ":private" else {"acl-public"})


def test_an_unless_is_no_switch(tmp_path: Path) -> None:
    files = uploading("true")
    files["app/uploaders/photo_uploader.rb"] = (
        "class PhotoUploader < CarrierWave::Uploader::Base\n"
        '  storage :file\n  unless ENV["ON_DISK"] == "true"\n    storage :fog\n  end\nend\n'
    )
    assert "carrierwave" not in Lab(tmp_path).findings(files)


def test_fog_without_a_role_wants_keys(tmp_path: Path) -> None:
    files = uploading("Rails.env.production?", KEYS)
    lab = Lab(tmp_path)
    found = lab.findings(files)["fog-keys"]
    assert found.weight == "breaks" and "use_iam_profile: true" in found.mend
    assert set(found.variables["app_environment"]) == {"KEY", "SECRET"}
    assert "fog-keys" not in lab.findings(files, environment=["KEY", "SECRET"])
    assert "fog-keys" not in lab.findings(uploading("Rails.env.production?", ROLE))


def test_a_name_of_the_site_is_what_it_is_used_for(tmp_path: Path) -> None:
    line = 'config.action_mailer.default_url_options = { host: ENV.fetch("SITE_URL") }'
    files = {PRODUCTION: WELL[PRODUCTION].replace("end\n", f"  {line}\nend\n")}
    lab = Lab(tmp_path)
    assert environment(lab.findings(files), "environment") == {"SITE_URL": {"from": "site.host"}}
    files = {PRODUCTION: files[PRODUCTION].replace("host:", "root_url:")}
    assert environment(lab.findings(files), "environment") == {"SITE_URL": {"from": "site.url"}}
