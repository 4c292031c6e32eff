"""The subcommands of `vem`."""
