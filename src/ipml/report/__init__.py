"""What is shown of the results, on the screen and in figures: from tidy rows alone."""
