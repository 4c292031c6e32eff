"""From a request to a score. `ladder` reads from top to bottom; the rungs stand in the files beside it."""
