"""CutSync: sixty cut lists with films of our own making, fixed and versioned, on which anyone can be judged."""
