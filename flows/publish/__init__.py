"""Release folders: written by the flow only, read by everyone through read.py."""
