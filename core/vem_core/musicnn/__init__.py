"""musicnn (Pons and Serra 2019, ISC licence) in torch: a tagger and an embedding trained on real music.

The weights are not ours and not in this repository: they are read from the `musicnn` distribution, whose wheel carries
them as TensorFlow 1 checkpoints. TensorFlow itself is not needed.
"""
