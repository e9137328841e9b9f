"""The queues, one per noun with background jobs; every worker serves exactly one."""

QUEUES = ("accounts", "activity", "favourites", "imports", "mail", "media", "search", "shops")

# The nice value of a queue's worker: pages take priority over pictures and statistics.
NICENESS = {"activity": 15, "imports": 5, "media": 15, "search": 5}
