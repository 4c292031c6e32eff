"""The synthetic corpus: pieces composed and played here for random edits, with exact labels, in webdataset shards."""
