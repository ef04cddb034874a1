"""Which words of a firm's site say what it makes: two levels of attention, trained to tell who holds patents."""
