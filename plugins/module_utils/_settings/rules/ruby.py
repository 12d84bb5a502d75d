# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of Ruby. A variable that is not given is not looked at."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import version_of
from ansible_collections.railyard.aws.plugins.module_utils._doctor.bundle import needs_ruby
from ansible_collections.railyard.aws.plugins.module_utils._doctor.rubies import ruby_of_rails
from ansible_collections.railyard.aws.plugins.module_utils._settings.forms import Form, Range, form_problems

Inputs = dict[str, Any]

#: Directories that hold what is none of rbenv's.
_SHARED = r"(?!/(?:usr|usr/local|opt|var|home|srv|var/www|home/[^/]+)$)(?!/(?:boot|dev|etc|proc|root|run|sys|tmp|var/tmp)(?:/|$))"
_FORMS = (
    Form("railyard_ruby_provider", r"rbenv|package", "rbenv to compile it, or package to take the distribution's"),
    Form("railyard_ruby_version", r"\d+\.\d+\.\d+(?:-[a-z0-9]+)?", "a version of Ruby such as 3.4.13"),
    Form("railyard_bundler_version", r"|\d+(?:\.[0-9A-Za-z]+)+", "a version of bundler such as 1.17.3, or nothing for none"),
    Form("railyard_rails_version", r"|\d+(?:\.[0-9A-Za-z]+)+", "a version of Rails such as 5.1.6, or nothing for none"),
    Form("railyard_rbenv_root", _SHARED + r"(?!.*/\.{1,2}(?:/|$))(?:/[A-Za-z0-9._-]+)+", "a directory of rbenv's own, such as /opt/rbenv"),
    Form("railyard_gem_source", r"https?://\S+", "an address such as https://rubygems.org"),
    Form("railyard_ruby_mirror", r"|https?://\S*[^\s/]", "an address such as https://mirror.example/ruby, or nothing for Ruby's own site"),
    *(
        Form(
            f"rbenv_{what}repository",
            r"(?:https?|ssh|git|file)://\S+|[^/\s-][^/\s]*@[^/\s]+:\S+",
            "the URL of a repository, such as https://github.com/rbenv/rbenv.git",
        )
        for what in ("", "build_")
    ),
    *(
        one
        for what in ("", "build_")
        for one in (
            Form(f"rbenv_{what}revision", r"(?!-)[A-Za-z0-9][A-Za-z0-9._/-]{0,99}", "a tag or a commit, such as v1.3.2"),
            Form(f"rbenv_{what}commit", r"|[0-9a-f]{40}", "the whole id of a commit, 40 hexadecimal digits, or nothing to take the revision as it is"),
            Form(f"rbenv_{what}archive_url", r"|(?:https?|file)://\S+", "the address of an archive, or nothing to take the repository"),
            Form(f"rbenv_{what}archive_checksum", r"|sha256:[0-9a-f]{64}", "sha256: and 64 hexadecimal digits in small letters, or nothing"),
        )
    ),
    Form("rbenv_bucket_prefix", r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*", "letters, digits and hyphens without a slash at either end, such as ruby"),
    Form("rbenv_configure_opts", r"|--?[^\n]*", "arguments of configure, such as --disable-install-doc"),
    Form("rbenv_make_opts", r"|-[^\n]*", "arguments of make, such as -j2"),
    Form("railyard_ruby_cache_dir", r"|/[^\n]*", "an absolute directory on this machine, or nothing for none"),
    Form("railyard_s3_endpoint", r"https?://[^\s/]+", "an address such as https://s3.ap-northeast-1.amazonaws.com"),
)
_RANGES = (Range("rbenv_build_timeout", 60, 86400, "a number of seconds", "3600"),)


def ruby_problems(inputs: Inputs) -> list[str]:
    found = form_problems(inputs, _FORMS, _RANGES)
    return [*found, *_checksum_problems(inputs), *([] if found else _agreement_problems(inputs))]


def _agreement_problems(inputs: Inputs) -> list[str]:
    """Versions that RubyGems refuses to install on the Ruby beside them, which would be found out once it is compiled."""
    ruby = str(inputs.get("railyard_ruby_version") or "")
    if inputs.get("railyard_ruby_provider") != "rbenv" or not ruby:
        return []
    wants = {"bundler": needs_ruby, "rails": ruby_of_rails}
    versions = {gem: str(inputs.get(f"railyard_{gem}_version") or "") for gem in wants}
    least = {gem: wants[gem](version) for gem, version in versions.items() if version}
    return [
        f"railyard_{gem}_version is '{versions[gem]}', which wants Ruby {first} or newer, but railyard_ruby_version is '{ruby}'; write a newer Ruby, or "
        f"{'an older ' + gem if gem == 'bundler' else 'an older Rails, or nothing, as the bundle brings its own'}."
        for gem, first in least.items()
        if first and version_of(ruby) < version_of(first)
    ]


def _checksum_problems(inputs: Inputs) -> list[str]:
    """An archive from the net that nobody could tell from another one."""
    return [
        f"rbenv_{what}archive_checksum is '', but rbenv_{what}archive_url is given; write the archive's, as `sha256sum` says it: sha256:..."
        for what in ("", "build_")
        if inputs.get(f"rbenv_{what}archive_url") and not inputs.get(f"rbenv_{what}archive_checksum")
    ]
