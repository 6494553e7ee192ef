"""What each command does; `flows/cli.py` is its skin."""
