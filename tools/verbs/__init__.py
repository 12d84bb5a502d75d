"""What people do every day with a stack that stands: a target of make for each, or ``python -m tools.verbs VERB ...``.

Verbs that take a while and change something are playbooks, which this hands its words to. Those that a person sits in
front of (console, run, logs, tunnel) go straight over ssh, on the way that Ansible itself takes.
"""
