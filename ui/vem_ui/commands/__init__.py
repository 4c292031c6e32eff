"""The subcommands of `vem` that the panel brings."""
