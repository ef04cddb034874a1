"""Whether a model's decision rests on the words that its attention names: words taken away, and added back."""
