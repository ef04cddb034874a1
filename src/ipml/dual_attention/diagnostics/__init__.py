"""What a trained model says of itself: how well it does, and signs that its keywords failed."""
