"""The subcommands of `vem` that the inference core brings."""
