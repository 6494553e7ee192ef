"""The pages: each lays out, none computes."""
