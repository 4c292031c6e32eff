"""VeM's model: what turns a plan and a parse into sound. Needs torch. The axis letters: docs/engineers/model.md."""
