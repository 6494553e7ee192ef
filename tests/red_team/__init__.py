"""Attacks 1 to 22 of PRIVACY section 9: each succeeds on a weak release first, then fails on what Quorum releases."""
