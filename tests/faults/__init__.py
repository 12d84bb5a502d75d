"""What AWS does to a run on a bad day, for the tests: calls that are carried out and answered with an error."""
