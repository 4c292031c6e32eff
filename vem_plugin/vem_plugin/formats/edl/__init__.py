"""CMX 3600 edit decision lists and their dialects (Avid, Premiere Pro, DaVinci Resolve, File32, File128)."""
