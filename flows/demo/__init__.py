"""A synthetic organisation with its exports, for demos, pictures and tests."""
