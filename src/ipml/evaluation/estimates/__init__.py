"""An angle and its error: pure maths of arrays, that reads nothing."""
