"""The sound that is already on a timeline: its audio lanes, who speaks where, and the temp track."""
