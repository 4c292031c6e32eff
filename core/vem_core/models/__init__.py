"""VeM's model: from plan and parse to sound. Needs torch; docs/engineers/model.md has the legend of axis letters."""
