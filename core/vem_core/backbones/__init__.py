"""Large open models of music from a user's folder: read strictly, sampled by one loop, wearing VeM's parts."""
