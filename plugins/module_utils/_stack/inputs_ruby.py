# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with the inputs of Ruby. A variable that is not given is not judged."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._stack.judging import Form, judge

Inputs = dict[str, Any]

#: Directories that hold what is none of rbenv's.
_SHARED = r"(?!/(?:usr|usr/local|opt|var|etc|home|root|srv|tmp)$)"
_FORMS = (
    Form("railyard_ruby_provider", r"rbenv|package", "rbenv to compile it, or package to take the distribution's"),
    Form("railyard_ruby_version", r"\d+\.\d+\.\d+(?:-[a-z0-9]+)?", "a version of Ruby such as 3.4.13"),
    Form("railyard_bundler_version", r"|\d+(?:\.[0-9A-Za-z]+)+", "a version of bundler such as 1.17.3, or nothing for none"),
    Form("railyard_rails_version", r"|\d+(?:\.[0-9A-Za-z]+)+", "a version of Rails such as 5.1.6, or nothing for none"),
    Form("railyard_rbenv_root", _SHARED + r"(?:/[A-Za-z0-9._-]+)+", "a directory of rbenv's own, such as /opt/rbenv"),
    Form("railyard_gem_source", r"https?://\S+", "an address such as https://rubygems.org"),
    Form("railyard_ruby_mirror", r"|https?://\S*[^\s/]", "an address such as https://mirror.example/ruby, or nothing for Ruby's own site"),
    Form("railyard_s3_endpoint", r"https?://[^\s/]+", "an address such as https://s3.ap-northeast-1.amazonaws.com"),
)


def ruby_problems(inputs: Inputs) -> list[str]:
    return judge(inputs, _FORMS, ())
