"""What releases say over time: intervals, change, levels, comparison, effects of actions. Reads releases only."""
