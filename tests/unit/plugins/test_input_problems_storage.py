"""The rules for names of buckets."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.storage import foreign_problems

INPUTS = {
    "railyard_stack": "Shop",
    "railyard_uploads_bucket": "shop-files",
    "railyard_artifacts_bucket": "shop-builds",
    "railyard_logs_bucket": "shop-logs-{account}-ap-northeast-1",
    "railyard_mail_bucket": "shop-mail-{account}-ap-northeast-1",
}


@pytest.mark.parametrize("owners", [{}, {"shop-files": "none", "shop-builds": "self"}])
def test_free_and_own_names_are_fine(owners):
    assert foreign_problems(INPUTS, owners) == []


def test_name_of_another_account_is_told_with_one_that_is_free():
    (problem,) = foreign_problems(INPUTS, {"shop-files": "other", "shop-builds": "self"})
    assert problem.startswith("railyard_uploads_bucket is 'shop-files', which another account has already")
    assert "shop-files-{account}" in problem


def test_every_taken_name_is_told():
    assert len(foreign_problems(INPUTS, {"shop-files": "other", "shop-builds": "other"})) == 2
