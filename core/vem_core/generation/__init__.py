"""What generates the music: one interface, several models."""
