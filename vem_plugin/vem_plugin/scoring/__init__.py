"""Scoring: the one way from a timeline to music on its lane.

`vem score`, `vem watch`, `vem batch`, `vem resolve score`, the OpenTimelineIO hook, the panel and the public API all
go through it; they only parse what was asked and show what comes of it.

    session = ScoringSession(FileHost(path), listener)   # any Host; a Listener hears sentences and progress
    reading = session.read()                             # the timeline; its notices are said
    order = Order(Wishes(style="house"), span=None)      # sparse wishes, range, locks, temp track ...
    prepared = session.prepare(reading, order)           # all but the music; `prepared.request` is what is sent
    outcome = session.complete(prepared)                 # core, placing, preview; or nothing, if nothing changed
    outcome = session.run(order)                         # all of it at once
    variants = session.variants(reading, order, 4)       # several different pieces as takes; nothing is placed

What `prepare` does, in this order; each step is a function that can be called by itself:

| step | where |
|---|---|
| refuse now what could not be placed later | `Host.check_output` |
| what is heard on the temp track, as wishes | `temp_track.heard_as_wishes` |
| the score on our lane that begins where the range does | `Host.earlier_score` |
| sparse wishes to full values, once: over the take before, or else over the defaults | `resolving.resolve` |
| speech on the audio lanes, where the music shall make room for it | `Host.read_speech` |
| thumbnails | `Host.read_thumbnails` |
| refit, a new piece, or nothing to do; which files travel | `refitting.follow` |

Whether a re-cut is still the same piece of music is `vem_core.contract.same_piece`'s to say, and nobody else's.

A program that keeps takes without placing them, as the panel does, calls the steps one by one:

    values = resolve(wishes, sheet, take.request, take.result.model)     # `take`: the PlacedTake that is followed
    earlier = EarlierScore(take, take.audio, sounds_by_role)
    following = follow(values.request(sheet, thumbnails), pictures, earlier)
    result = generate(client, following, folder, listener)               # say following.notices before

Nothing here knows argparse or Qt, and nothing writes to a terminal. All of it raises `VemError`.
"""
