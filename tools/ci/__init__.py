"""What a workflow of CI runs, GitHub Actions for one: ``python -m tools.ci plan|drift|deploy|key``.

Each is the same command on any machine that has an identity token; .github/workflows/railyard.yml only calls them.
"""
