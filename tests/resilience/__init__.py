"""`make prove`: what the project promises of bad moments, tried by chance. A seed brings the same choice again."""
