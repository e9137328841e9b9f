"""Errors of shops, members and invitations."""

from platform_app.domain.shared.errors import Conflict, Forbidden, Gone, Invalid, NotFound, RateLimited


class ShopNotFound(NotFound):
    """No shop has this slug, or the caller is not a member of it."""

    message = "This shop doesn't exist."


class ShopGone(Gone):
    """The shop with this slug was closed and then deleted."""

    message = "This shop has closed for good."


class InvalidShop(Invalid):
    """Shop data is invalid; `fields` names each problem."""


class NotPermitted(Forbidden):
    """The member lacks the permission for this."""

    message = "You don't have permission to do this in this shop. Ask its owner for access."


class TooManyShops(Conflict):
    """The user owns the maximum number of shops."""

    message = "You have reached the maximum number of shops. Contact us if you need more."


class MemberNotFound(NotFound):
    """The shop has no such member."""

    message = "This person is no longer a member of the shop."


class AlreadyMember(Invalid):
    """The invited person is already a member."""

    def __init__(self) -> None:
        """Put the message on the `email` field."""
        super().__init__(fields={"email": "This person is already a member of the shop."})


class TooManyMembers(Conflict):
    """The shop has the maximum number of members."""

    message = "A shop can have at most 50 people, including invitations. Remove somebody first."


class LastOwner(Conflict):
    """The shop would be left without an owner."""

    message = "A shop needs an owner. Make somebody else an owner first."


class OwnersOnly(NotPermitted):
    """Only an owner may do this, whatever permissions others have."""

    message = "Only an owner of the shop can do this."


class NoNewOwner(Invalid):
    """Nobody is chosen, or somebody who is an owner already."""

    def __init__(self) -> None:
        """Put the message on the `member_id` field."""
        super().__init__(fields={"member_id": "Choose somebody who isn't an owner yet."})


class OwnsShop(Conflict):
    """The only owner of a shop cannot delete their account."""

    message = (
        "You are the only owner of a shop. Make somebody else an owner, or close it, before you delete your account."
    )


class InvitationNotFound(NotFound):
    """The invitation does not exist, has expired or is for somebody else."""

    message = "This invitation was withdrawn, already used or has expired. Ask for a new one."


class QuotaUsed(RateLimited):
    """The shop's quota has too little left; the message says how much, and when it starts again."""
