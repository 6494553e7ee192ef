"""The trend engine on made-up organisations whose truth is known: `python -m tests.simulations` (TRENDS 8)."""
