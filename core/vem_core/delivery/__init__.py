"""The files of a score: mastered and written, rights, downmix check, the form that was asked for."""
