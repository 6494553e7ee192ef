"""Rules for values, rows and units; quarantine; Great Expectations suites made from the instruments."""
