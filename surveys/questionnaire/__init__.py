"""A wave's questions as files that survey tools import, and what the columns of their exports mean."""
