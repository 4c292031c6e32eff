"""DaVinci Resolve Studio: the bridge to its open project, and the launcher in its Scripts menu.

Everything that Resolve does in its own way stays in this folder; `quirks` names each habit once.
"""
