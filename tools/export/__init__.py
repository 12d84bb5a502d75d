"""``make export``: what stands in the account, as a template of CloudFormation. The way out to another tool.

    python -m tools.export [FILE] [--importable] [-e VARIABLE]

Settings say only which stack and which region: everything else is what AWS describes. ``services/`` turns that into
resources, a file per AWS service, as ``plugins/module_utils/_inventory/services`` reads it; ``template.py`` names them
and finds what refers to what.
"""
