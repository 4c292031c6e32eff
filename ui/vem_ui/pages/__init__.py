"""What a window shows of a timeline beside the strip: report, shots, spotting, what was understood, takes, picture."""
