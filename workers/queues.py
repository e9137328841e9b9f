"""The queues, one per noun that has slow work; every worker serves exactly one of them."""

QUEUES = ("accounts", "activity", "favourites", "imports", "mail", "media", "search", "shops")

# How far a queue's worker stands back when the processor is wanted elsewhere: pages come before pixels and figures.
NICENESS = {"activity": 15, "imports": 5, "media": 15, "search": 5}
