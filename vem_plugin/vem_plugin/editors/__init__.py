"""ReturnedFile out what an editor does with our scored timelines: films to try it on, and a look at what came back."""
