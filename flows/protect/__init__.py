"""The only way out for figures: policy, optimal suppression, rules H, F and C."""
