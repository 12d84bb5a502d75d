"""The site of documentation: pages of the tree and pages made of its code, written for MkDocs.

Nothing of it is kept in git: `make docs-site` writes ``build/site-pages`` and of that ``build/site``.
"""
