"""From what AWS describes to resources of CloudFormation, a file per AWS service as in the inventory."""
