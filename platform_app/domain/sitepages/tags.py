"""Cache tags of site pages."""

SITE_PAGES = "site-pages"  # all of them: there are few, and they rarely change
