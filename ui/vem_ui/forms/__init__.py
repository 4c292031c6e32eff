"""Where the editor says what the music should be; bound to a document, keeping nothing of their own."""
