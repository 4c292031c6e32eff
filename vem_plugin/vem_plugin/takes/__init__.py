"""The library of takes beside a timeline: the one that command line, panel, Resolve and the write hook share.

| what | where |
|---|---|
| which files a take has, by its number | `names.OutputNames` |
| a number for a new take, given once | `reserving.reserved_number` |
| writing a take, whole or not at all | `writing.written_take` |
| the register: every take whose `NAME-takeN.json` can be read, and who plays it | `listing.takes_on_disk` |
| the take that stands on our lane, with what is left of its sound | `earlier.find_earlier` |
| how two takes differ, in words | `differences.differences` |
| deleting, strictly | `removing` |

A take's number is its name everywhere: take 3 is `NAME-take3.wav`, on every list and in every message.
"""
