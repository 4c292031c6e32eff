"""Judging anyone's music from outside: taggers, distances and figures that know nothing of how it was made."""
