"""Slow, obvious versions of what the program does fast."""
