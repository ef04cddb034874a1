"""Linear maps between vector spaces, shared by alignment and mapping."""
