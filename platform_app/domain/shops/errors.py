"""What can be wrong with a shop, and with who runs it."""

from platform_app.domain.shared.errors import Conflict, Forbidden, Invalid, NotFound


class ShopNotFound(NotFound):
    """No shop has this address; for whoever has no part in a shop, its inside is not there either."""

    message = "There is no shop at this address."


class InvalidShop(Invalid):
    """What was said about a shop cannot be used; the fields say why."""


class NotPermitted(Forbidden):
    """A member of the shop may not do this in it."""

    message = "You may not do this in this shop. Its owner can change that."


class TooManyShops(Conflict):
    """One person opens a handful of shops, not hundreds."""

    message = "You have as many shops as one person can open. Write to us if you need more."


class MemberNotFound(NotFound):
    """Nobody of this name has a part in the shop."""

    message = "This person has no part in the shop any more."


class AlreadyMember(Invalid):
    """Whoever is invited is there already."""

    def __init__(self) -> None:
        """Say so beside the address."""
        super().__init__(fields={"email": "Whoever has this address is one of you already."})


class TooManyMembers(Conflict):
    """The shop has as many people as it can."""

    message = "A shop has room for 50 people, invitations included. Remove somebody who is not needed any more first."


class LastOwner(Conflict):
    """A shop always has an owner."""

    message = "A shop needs an owner. Make somebody else its owner first."


class OwnsShop(Conflict):
    """A user who alone owns a shop cannot stop being one."""

    message = "You alone own a shop. Make somebody else its owner first; then you can delete your account."


class InvitationNotFound(NotFound):
    """There is no such invitation, or not for this person."""

    message = "This invitation was taken back, has been used, or is too old. Ask for a new one."
