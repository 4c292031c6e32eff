"""How good the models are: measures, the held-out set, and the experiments behind `vem evaluate`."""
