"""Time and memory of each step, next to DuckDB's bare read of the same file. Run on request: `make bench`."""
