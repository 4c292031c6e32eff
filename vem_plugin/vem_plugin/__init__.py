"""The host side: reads an editor's timeline, talks to the inference core, places the music on a lane."""
