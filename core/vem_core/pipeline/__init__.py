"""From a request to a score. `ladder` reads from top to bottom; its stages stand in the files beside it."""
