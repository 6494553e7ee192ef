"""The instruments that Quorum ships, one YAML file for each version; read by surveys.load. Holds no code."""
