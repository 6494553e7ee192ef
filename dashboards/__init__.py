"""What leadership sees: pages over releases, and nothing else."""
