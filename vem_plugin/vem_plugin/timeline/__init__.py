"""From an OpenTimelineIO timeline to a cut sheet."""
