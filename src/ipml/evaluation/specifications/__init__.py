"""One angle under every specification that was evaluated."""
