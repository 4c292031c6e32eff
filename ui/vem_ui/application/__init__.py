"""The running panel: which windows there are, one panel a user, the core that they share."""
