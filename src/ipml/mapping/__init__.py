"""The conversion matrix A in P = A T."""
