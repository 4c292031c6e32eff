"""A core that installs itself: its own Python environment beside the program, from an index or a folder of wheels."""
