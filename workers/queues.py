"""The queues, one per noun that has slow work; every worker serves exactly one of them."""

QUEUES = ("accounts", "imports", "mail", "media", "search", "shops")

# How far a queue's worker stands back when the processor is wanted elsewhere: pages come before pixels.
NICENESS = {"media": 10}
