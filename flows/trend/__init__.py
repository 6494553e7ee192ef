"""Reads releases only."""
