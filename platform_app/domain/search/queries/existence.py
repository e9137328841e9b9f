"""Which of several conditions match any listing, in one statement."""

from collections.abc import Sequence

from sqlalchemy import text

from platform_app.infra.db import ReadSession


def first_matching(
    session: ReadSession,
    *,
    condition: str,
    values: Sequence[str],
    known: Sequence[bool],
    everywhere: bool,
    limit: int,
    **params: object,
) -> list[int]:
    """The first positions in `values` at which a listing meets the condition, or which are known to match.

    `condition` is SQL with the parameter `:value` and those in `params`. Listings outside the top tier count if `everywhere`. Each value has a
    subquery of its own, and none is run after the limit: a subquery that refers to a list of values is refused by Citus.
    """
    arms = []
    for position, (value, is_known) in enumerate(zip(values, known, strict=True)):
        own = condition.replace(":value", f":value_{position}")
        found = f"EXISTS (SELECT 1 FROM listing_search WHERE {own} AND is_leading)"
        found += f" OR EXISTS (SELECT 1 FROM listing_search WHERE {own})" if everywhere else ""
        arms.append(f"(SELECT {position} AS position{'' if is_known else f' WHERE {found}'})")
        if not is_known:
            params[f"value_{position}"] = value
    if not arms:
        return []
    rows = session.execute(text(f"{' UNION ALL '.join(arms)} LIMIT :limit"), {**params, "limit": limit})
    return list(rows.scalars())
