"""Measures the product in sandboxes of its own: ``python -m tools.bench [PART ...]``.

| part | measures |
|---|---|
| running | a first and a second run of site.yml on real hosts, and the sandbox's memory |
| building | a first build of the cloud's part while resources take as long as on AWS, in waves and one by one |
| again | a second run of the cloud's part against one module call for each of the same resources |
| hop | a run on the servers through the jump host against one straight to them |
| ruby | the compile of a Ruby against its restore on another server |
"""
