"""Texts that staff read besides the questions, one YAML file a place where they are shown."""
