"""What work is done on: devices, memory, and the models that are loaded."""
