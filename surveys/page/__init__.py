"""The staff page: ballots in, sealed answers out. Plain HTML that needs no script (BALLOTS 3)."""
