"""How a wave becomes a release. Read `flows/pulse_wave.py` first."""
