"""The attacker. Shares no code with protect and imports nothing of it."""
