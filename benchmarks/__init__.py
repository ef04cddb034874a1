"""Every figure the project claims is a command: ``python -m benchmarks NAME [key=value …]``."""
