"""Music that the user brings: heard, cut up at its own bar lines, laid under the beats of a plan, and played."""
