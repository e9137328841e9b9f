"""Statements that may break a rule, each with its reason."""

_SEARCH = "a search is about all shops; its answer is cached"
_SWEEP = "everybody's old rows are deleted, from time to time"
_BY_DIGEST = "a cookie names its session by a digest alone"
_BY_EMAIL = "an invitation is for an e-mail address; there are few, and they are rarely read"
_BY_RUN = "jobs and commands name an import by its id alone: one look-up by an index for each batch of hundreds of rows"
_WAITING = "who waits for a variant is stored with the users; a job looks once it is back in stock"
_FOLLOWERS = "a shop's followers are stored with the users; counted for a cached answer, and notified by jobs"

# Queries that ask every shard, by module and function: nobody knows the owner, or all owners are meant.
ALL_SHARDS = {
    "domain.accounts.queries.active_session_digests": _BY_DIGEST,
    "domain.accounts.queries.viewer": f"{_BY_DIGEST}; its user is cached",
    "domain.accounts.service.devices.sweep": _SWEEP,
    "domain.accounts.service.sign_out": _BY_DIGEST,
    "domain.accounts.service.sweep": _SWEEP,
    "domain.accounts.service.touch": f"{_BY_DIGEST}; at most once an hour",
    "domain.catalog.queries.ids_by_shop": "finds the shops of listings, for jobs that an earlier release has queued",
    "domain.catalog.queries.published_listing": "the address of a listing by its id names no shop; its answer is cached",
    "domain.editing.service.bulk.sweep_undo": _SWEEP,
    "domain.editing.service.sweep_blank_drafts": _SWEEP,
    "domain.favourites.queries.counts_by_listing": "a day's favourites of all users, counted by a job for the statistics",
    "domain.favourites.service.followers.refresh_all": "a daily job compares all favourites with their copy by shop",
    "domain.favourites.service.followers.refresh_changed": "the clock takes the changes of all users every few seconds",
    "domain.following.queries.follower_count": _FOLLOWERS,
    "domain.following.service.notify_followers": _FOLLOWERS,
    "domain.following.service.record_new_listings": _FOLLOWERS,
    "domain.imports.queries.run": _BY_RUN,
    "domain.imports.service.lock_run": _BY_RUN,
    "domain.media.queries.demo_progress": "the demo's pictures of all shops; the answer is cached",
    "domain.media.queries.open_upload_keys": "the sweep of files knows their keys only",
    "domain.media.queries.referenced_contents": "the sweep of files knows their contents only",
    "domain.media.queries.stored": "the demo's shops share pictures, so a job looks for one that any shop has",
    "domain.media.service.sweep_uploads": _SWEEP,
    "domain.notifications.service.sweep": _SWEEP,
    "domain.notifications.service.take_over_opt_outs": "one release long, what the release before stores is read by a job",
    "domain.search.queries.common_attributes.in_category": "a category has listings of all shops; the answer is cached",
    "domain.search.queries.existence.first_matching": _SEARCH,
    "domain.search.queries.related": "similar listings are of all shops; the answer is cached",
    "domain.search.queries.relaxed_results": _SEARCH,
    "domain.search.queries.results": _SEARCH,
    "domain.search.queries.results_without_facets": _SEARCH,
    "domain.search.queries.showcase": "the home page shows all shops; the answer is cached",
    "domain.search.queries.sitemap.sitemap_page": "the sitemap has all listings; the answer is cached",
    "domain.search.queries.sitemap.sitemap_starts": "the sitemap has all listings; the answer is cached",
    "domain.search.queries.typeahead.suggestions": _SEARCH,
    "domain.search.queries.zero_results.alternatives": _SEARCH,
    "domain.search.service.reindex": "a job compares a listing with the worst of the top tier, by an index",
    "domain.search.service.reindex_outdated": "rows of all shops that an earlier release wrote are found by an index",
    "domain.search.service.update_top_tier": "the best listings of all shops are read, and changed shop by shop",
    "domain.shared.locking.lock_of_all_shops": "rows of all shops that are due are found without a lock, by the clock",
    "domain.shops.queries.received_invitations": _BY_EMAIL,
    "domain.shops.service.invitations.accept": _BY_EMAIL,
    "domain.shops.service.invitations.decline": _BY_EMAIL,
    "domain.shops.service.invitations.sweep": _SWEEP,
    "domain.shops.service.members.delete_account": _BY_EMAIL,
    "domain.shops.service.repair_copies": "an hourly job compares all memberships with their copy by user",
    "domain.stock_alerts.service.check_shop": _WAITING,
    "domain.stock_alerts.service.notify_waiting": _WAITING,
    "domain.stock_alerts.service.sweep": _SWEEP,
}

# Functions that send other statements to a cluster, which tests with `each_database` check.
NOT_ON_A_CLUSTER = {
    "domain.notifications.service.notify": "locks the user in the same statement, and on a cluster not at all",
    "infra.owner_locks.lock_by": "reads and locks an owner in one statement, and on a cluster in two",
    "infra.owner_locks.try_lock": "reads and locks an owner in one statement, and on a cluster in two",
}

# Changes of reference tables, by statement and table. Each holds up every other change of the table, so it has to be
# rare and in a short transaction.
REFERENCE_CHANGES = {
    "DELETE shop": "a dry run deletes the empty shop that it opened",
    "DELETE user_account": "people rarely delete their account",
    "UPDATE shop": "a shop's profile, pictures and holidays change rarely, in a transaction that does nothing else",
    "UPDATE user_account": "names, addresses, passwords and two-factor codes, in short transactions of one user",
    "upsert category": "the demo and the operator write the tree of categories once",
    "upsert shop": "opening a shop claims its slug, once in the shop's life",
    "upsert user_account": "an account claims its e-mail address once, when its link is used",
}
