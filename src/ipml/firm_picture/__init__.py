"""The picture of a firm: its pages by attention, its words shaded by attention, its keywords with glosses."""
