"""What we ask: instruments as data, and the types they load into. Imports nothing of flows/ or dashboards/."""
