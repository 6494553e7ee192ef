"""Readers of exports under hostile input, in numbers; run on request."""
