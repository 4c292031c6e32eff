"""Eyes: what shots show, as content words (sea, city, night, food ...), from one network or another.

Nothing is said where nothing is sure. Without any network a shot has no content words and all else is as it was.
"""
