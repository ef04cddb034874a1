"""The words of a firm's pages that the attention names."""
