"""Dashboards of CloudWatch can be tagged, and lose their tags with their life."""

from __future__ import annotations

from moto.cloudwatch.models import CloudWatchBackend

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    tag, delete = CloudWatchBackend.tag_resource, CloudWatchBackend.delete_dashboards

    def tag_resource(self, arn, tags):
        if arn not in {dashboard.arn for dashboard in self.list_dashboards()}:
            return tag(self, arn, tags)
        return self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))

    def delete_dashboards(self, dashboards):
        arns = [dashboard.arn for dashboard in self.list_dashboards() if dashboard.name in dashboards]
        error = delete(self, dashboards)
        if error is None:
            for arn in arns:
                self.tagger.delete_all_tags_for_resource(arn)
        return error

    CloudWatchBackend.tag_resource = tag_resource
    CloudWatchBackend.delete_dashboards = delete_dashboards
