"""Keeping a workspace running for years: its log, health, backups, retention, services and calendar."""
