"""Angles, intervals, scores of classifiers and the choice of a ridge penalty: what several stages reckon with."""
