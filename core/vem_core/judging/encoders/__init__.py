"""Large encoders of words, films and sound, each from a folder on this machine: safetensors only, nothing fetched."""
