"""The queues, one per noun that has slow work; every worker serves exactly one of them."""

QUEUES = ("accounts", "favourites", "imports", "mail", "media", "search")
