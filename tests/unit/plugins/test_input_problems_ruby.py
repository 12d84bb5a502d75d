"""What is said about the inputs of Ruby."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.ruby import ruby_problems

GOOD = {
    "railyard_ruby_provider": "rbenv",
    "railyard_ruby_version": "2.6.6",
    "railyard_bundler_version": "1.17.3",
    "railyard_rails_version": "5.1.6",
    "railyard_rbenv_root": "/opt/rbenv",
    "railyard_gem_source": "https://rubygems.org",
    "railyard_ruby_mirror": "",
    "railyard_s3_endpoint": "https://s3.ap-northeast-1.amazonaws.com",
}


def test_the_defaults_are_good():
    assert ruby_problems(GOOD) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("railyard_ruby_provider", "package"),
        ("railyard_ruby_version", "3.5.0-preview1"),
        ("railyard_bundler_version", ""),
        ("railyard_rails_version", "6.1.0.rc1"),
        ("railyard_rbenv_root", "/usr/local/rbenv"),
        ("railyard_ruby_mirror", "http://127.0.0.1:8090"),
    ],
)
def test_others_that_are_good(name, value):
    assert ruby_problems({**GOOD, name: value}) == []


@pytest.mark.parametrize(
    ("ruby", "name", "version", "wants"),
    [
        ("3.1.7", "railyard_rails_version", "8.0.0.rc1", "3.2"),
        ("2.6.6", "railyard_rails_version", "7.0.8", "2.7"),
        ("2.6.6", "railyard_bundler_version", "2.6.9", "3.1"),
        ("3.1.7", "railyard_bundler_version", "4.0.1", "3.2"),
    ],
)
def test_versions_that_do_not_go_together_are_said_before_ruby_is_compiled(ruby, name, version, wants):
    alone = {"railyard_bundler_version": "", "railyard_rails_version": ""}
    (problem,) = ruby_problems({**GOOD, **alone, "railyard_ruby_version": ruby, name: version})
    assert problem.startswith(
        f"{name} is '{version}', which wants Ruby {wants} or newer, but railyard_ruby_version is '{ruby}'; write "
    )
    newer = {**GOOD, **alone, "railyard_ruby_version": f"{wants}.0", name: version}
    assert ruby_problems(newer) == []
    # The distribution's packages bring all three.
    assert ruby_problems({**newer, "railyard_ruby_version": ruby, "railyard_ruby_provider": "package"}) == []


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("railyard_ruby_provider", "rvm", "rbenv to compile it, or package to take the distribution's"),
        ("railyard_ruby_version", "2.6", "a version of Ruby such as 3.4.13"),
        ("railyard_ruby_version", 2.6, "a version of Ruby such as 3.4.13"),
        ("railyard_bundler_version", "latest", "a version of bundler such as 1.17.3"),
        ("railyard_rails_version", "~> 5.1", "a version of Rails such as 5.1.6"),
        ("railyard_rbenv_root", "/opt", "a directory of rbenv's own, such as /opt/rbenv"),
        ("railyard_rbenv_root", "opt/rbenv", "a directory of rbenv's own, such as /opt/rbenv"),
        ("railyard_rbenv_root", "/opt/my rbenv", "a directory of rbenv's own, such as /opt/rbenv"),
        ("railyard_gem_source", "rubygems.org", "an address such as https://rubygems.org"),
        ("railyard_ruby_mirror", "mirror/", "an address such as https://mirror.example/ruby"),
        ("railyard_s3_endpoint", "s3", "an address such as https://s3.ap-northeast-1.amazonaws.com"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(name, value, advice):
    (problem,) = ruby_problems({**GOOD, name: value})
    assert problem.startswith(f"{name} is '{value}'; write {advice}")
