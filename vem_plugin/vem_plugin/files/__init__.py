"""Files that a timeline names: how addresses are spelt, where the files lie on this machine, how they are opened."""
