"""What AWS does to a run on a bad day: calls that are carried out and fail, things seen late, a run that is killed."""
