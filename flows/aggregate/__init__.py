"""SQL files: scored answers to additive cells per unit."""
