"""The contract between host side and inference core: messages, errors, exact time. Standard library only."""
