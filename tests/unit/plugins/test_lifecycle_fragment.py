"""The documentation of the lifecycle options says what the modules take."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.railyard.aws.plugins.doc_fragments.lifecycle import ModuleDocFragment
from ansible_collections.railyard.aws.plugins.module_utils._resource.arguments import LIFECYCLE
from ansible_collections.railyard.aws.plugins.modules import elasticache_replication_group, rds_instance


def test_the_fragment_documents_every_option_of_the_lifecycle_with_type_and_default() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    assert {
        name: {key: value for key, value in option.items() if key != "description"}
        for name, option in documented.items()
    } == LIFECYCLE


@pytest.mark.parametrize("module", [rds_instance, elasticache_replication_group])
def test_modules_with_a_lifecycle_take_its_documentation_from_the_fragment(module) -> None:
    said = yaml.safe_load(module.DOCUMENTATION)
    assert "railyard.aws.lifecycle" in said["extends_documentation_fragment"]
    assert not set(said["options"]) & set(LIFECYCLE)
