"""Translation by several witnesses: word vectors, further embeddings and written form, weighed by a learned ranker.

A word's candidates are the words of the reference language that any witness puts forward: aligned spaces of one or
more embeddings, and the n-grams of the written form, whose translations the dictionary knows. A small network,
trained on dictionary words that the witnesses had not seen (stacking, Wolpert 1992), says how much each witness counts
for which kind of word.
"""
