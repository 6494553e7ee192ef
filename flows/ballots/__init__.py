"""Ballots of the staff page: opening a wave, printing, closing, mixing, taking in (BALLOTS)."""
