"""The inference core as a local service: a light HTTP front, a queue on disk, and one worker process that computes."""
