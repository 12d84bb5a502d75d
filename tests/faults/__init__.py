"""What AWS does to a run on a bad day: calls that are carried out and fail, things that are not seen at once."""
