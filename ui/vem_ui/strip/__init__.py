"""The strip: shots, cuts, beats, energy and sound on one time axis."""
