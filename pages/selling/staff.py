"""Who runs a shop: its people, what they may do, and who is invited."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.field import check_field, text_field
from pages.components.link import UNDERLINED
from pages.studio_frame import panel, studio
from platform_app.domain.shops.rules import Permission
from state import runtime
from state.selling import StaffState
from state.selling_views import PERMISSIONS, InvitationView, MemberView

_INVITE = forms.named("invite")
_WAITING = forms.named("invitation")
_MEMBER = forms.named("member")
# The boxes that are ticked, by their names.
_TICKED = (
    "{permissions: [...event.currentTarget.querySelectorAll('input[type=checkbox]:checked')].map((box) => box.name)}"
)
_QUIET = f"inline-flex min-h-11 items-center text-[15px] {UNDERLINED}"


def staff_page() -> rx.Component:
    """People, invitations, and a form for more."""
    state = StaffState
    people = el.ul(
        rx.foreach(state.members, _member), aria_label="People", class_name="divide-y divide-line border-t border-line"
    )
    waiting = el.div(
        el.h3("Invited", class_name="mb-2 text-lg"),
        el.ul(rx.foreach(state.waiting, _invitation), class_name="divide-y divide-line border-y border-line"),
        class_name="mb-8",
    )
    return studio(
        state,
        "Staff",
        "Everyone signs in with an account of their own; what they may do here, you decide.",
        panel("People", "Owners may do everything.", people),
        el.div(
            panel(
                "Invite somebody",
                "We write to them. They have a week to accept, signed in with this address.",
                el.when(state.waiting.length() > 0, waiting),
                _invite(),
            ),
            class_name="border-t border-line pt-8",
        ),
    )


def _invite() -> rx.Component:
    form = _INVITE
    return forms.sent(
        form,
        text_field(
            "email", "E-mail address", form=form.name, error=forms.error(form, "email"), type="email",
            auto_complete="off", max_length=254, spell_check=False, auto_capitalize="none",
        ),
        _boxes("invite"),
        el.p(forms.error(form, "permissions"), role="alert", class_name="text-sm text-danger empty:hidden"),
        el.div(forms.button(form, "Invite", quiet=True)),
        action=StaffState.invite_to,
        extra=_TICKED,
        then=runtime.event_of(StaffState.refresh),
    )  # fmt: skip


def _boxes(name: str, held: rx.Var[list[str]] | None = None) -> rx.Component:
    """What somebody may be given, as far as whoever gives it may do it."""
    return el.fieldset(
        el.legend("What they may do", class_name="mb-1 text-[15px] font-medium"),
        *(el.when(StaffState.grantable.contains(str(each)), _box(each, name, held)) for each in Permission),
        class_name="flex flex-col",
    )


def _box(each: Permission, name: str, held: rx.Var[list[str]] | None) -> rx.Component:
    label, text = PERMISSIONS[each]
    ticked = {} if held is None else {"default_checked": held.contains(str(each))}  # type: ignore[attr-defined]
    return check_field(str(each), f"{label}: {text.lower()}", form=name, **ticked)


def _member(each: rx.vars.ObjectVar[MemberView]) -> rx.Component:
    me = el.span("You", class_name="rounded-full border border-edge px-2 py-0.5 text-xs font-medium")
    where = each.href.to(str)
    change = forms.sent(
        _MEMBER,
        _boxes("", each.permissions.to(list[str])),
        el.div(forms.button(_MEMBER, "Save", about=each.name.to(str), of=where, quiet=True)),
        action=where,
        method="PATCH",
        of=where,
        keep=True,
        extra=_TICKED,
        then=runtime.event_of(StaffState.refresh),
    )
    can_change = ~each.is_fixed.to(bool) & ~each.is_owner.to(bool)
    can_end = ~each.is_fixed.to(bool) | (each.is_me.to(bool) & ~each.is_owner.to(bool))
    return el.li(
        el.div(
            el.div(
                el.p(each.name, " ", el.when(each.is_me.to(bool), me), class_name="font-medium wrap-anywhere"),
                el.p(each.email, class_name="text-sm text-soft wrap-anywhere"),
                class_name="min-w-0 flex-1 basis-56",
            ),
            el.p(each.part, class_name="text-[15px] text-soft"),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-1",
        ),
        el.div(
            el.when(can_change, _folded("Change", change)),
            el.when(
                can_end, _folded(rx.cond(each.is_me, "Leave the shop", "Remove"), _end(each, where, where + "#end"))
            ),
            class_name="flex flex-wrap gap-x-6",
        ),
        class_name="py-4",
    )


def _end(each: rx.vars.ObjectVar[MemberView], where: rx.Var[str], ending: rx.Var[str]) -> rx.Component:
    return forms.sent(
        _MEMBER,
        el.p("From then on this shop is closed to them, at once.", class_name="text-soft"),
        el.div(forms.button(_MEMBER, "Yes, end it", about=each.name.to(str), of=ending, quiet=True)),
        action=where,
        method="DELETE",
        of=ending,
        then=runtime.event_of(StaffState.refresh),
    )


def _folded(label: rx.Var[str] | str, shown: rx.Component) -> rx.Component:
    return el.details(el.summary(label, class_name=_QUIET), el.div(shown, class_name="pt-1 pb-3"))


def _invitation(each: rx.vars.ObjectVar[InvitationView]) -> rx.Component:
    where = each.href.to(str)
    return el.li(
        el.div(
            el.p(each.title, class_name="wrap-anywhere"),
            el.p(each.may, " · until ", each.until, class_name="text-sm text-soft"),
            class_name="min-w-0 flex-1 basis-56",
        ),
        forms.sent(
            _WAITING,
            forms.button(_WAITING, "Take back", about=each.title.to(str), of=where, quiet=True),
            action=where,
            method="DELETE",
            of=where,
            then=runtime.event_of(StaffState.refresh),
        ),
        class_name="flex flex-wrap items-center gap-3 py-3",
    )
