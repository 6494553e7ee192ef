"""Reverse keying, scale scores in exact integer units, the missing-data rules."""
