"""What two conversion matrices convert most differently, and the names of it."""
