"""Which keywords tell best who holds patents: all words, KeyBERT's, dual attention's, and both together."""
