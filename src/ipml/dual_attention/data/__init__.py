"""What the networks read: the pages of firms, as counts of words, as subwords and as batches of tensors."""
