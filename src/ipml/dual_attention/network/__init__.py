"""The networks: two levels of attention, over word vectors or over an encoder."""
