"""Writes small models in fastText's binary format, for tests; the values are chosen, nothing is trained."""

import struct

import numpy as np

WORDS = ("</s>", "pump", "ポンプ", "泵", "naïve")


def write_model(
    path, words=WORDS, *, model=2, version=12, n_buckets=50, sizes=(2, 4), dimension=2, **changes
):
    """Row r of the input matrix is (r, -r / 2, …); ``changes`` are made to it: matrix, pruned, quantised, kind."""
    n_rows = len(words) + n_buckets
    matrix = changes.get("matrix")
    if matrix is None:
        matrix = np.arange(n_rows)[:, None] * np.array([(-0.5) ** place for place in range(dimension)])
    n_labels = changes.get("labels", 0)
    parts = [
        struct.pack("<ii", changes.get("signature", 793712314), version),
        # dim, ws, epoch, minCount, neg, wordNgrams, loss, model, bucket, minn, maxn, lrUpdateRate, t
        struct.pack("<12id", dimension, 5, 5, 1, 5, 1, 2, model, n_buckets, *sizes, 100, 1e-4),
        struct.pack("<iiiqq", len(words) + n_labels, len(words), n_labels, 99, changes.get("pruned", -1)),
    ]
    for word in words:
        data = word if isinstance(word, bytes) else word.encode()
        parts.append(data + b"\0" + struct.pack("<qb", 7, changes.get("kind", 0)))
    parts += [b"__label__%d\0" % place + struct.pack("<qb", 1, 1) for place in range(n_labels)]
    parts.append(struct.pack("<?qq", changes.get("quantised", False), n_rows, dimension))
    parts.append(np.asarray(matrix, dtype="<f4").tobytes())
    parts.append(struct.pack("<?qq", False, len(words), dimension) + bytes(4 * len(words) * dimension))
    path.write_bytes(b"".join(parts))
    return path
