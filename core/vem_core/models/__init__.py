"""VeM's model: what turns a plan and a parse into sound. Needs torch; docs/engineers/model.md has the legend of axis letters."""
