"""One reader per export format; identifiers are dropped before the first write."""
