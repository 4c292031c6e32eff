"""The listening study: a blinded page made of judged systems, and what its raters' answers come to."""
