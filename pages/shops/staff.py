"""A shop's members, their permissions, and invitations."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.check_field import check_field
from pages.components.field import text_field
from pages.components.link import UNDERLINED
from pages.layout.route import private
from pages.layout.studio_layout import panel, studio_layout
from pages.shops.ownership import ownership
from platform_app.domain.shops.rules import Permission
from state.core import browser
from state.shops_presenters import PERMISSION_LABELS, InvitationView, MemberView
from state.shops_studio import StaffState

_INVITE_FORM = forms.define_form("invite")
_INVITATION_FORM = forms.define_form("invitation")
_MEMBER_FORM = forms.define_form("member")
# The names of the ticked boxes.
_SELECTED_PERMISSIONS = (
    "{permissions: [...event.currentTarget.querySelectorAll('input[type=checkbox]:checked')].map((box) => box.name)}"
)
_SUMMARY = f"inline-flex min-h-11 items-center text-[15px] {UNDERLINED}"


def staff_page() -> rx.Component:
    """Members, invitations and the form for new ones."""
    state = StaffState
    members = el.ul(
        rx.foreach(state.members, _member), aria_label="People", class_name="divide-y divide-line border-t border-line"
    )
    invitations = el.div(
        el.h3("Invited", class_name="mb-2 text-lg"),
        el.ul(rx.foreach(state.invitations, _invitation), class_name="divide-y divide-line border-y border-line"),
        class_name="mb-8",
    )
    return studio_layout(
        state,
        "Staff",
        "Everyone signs in with their own account. You decide what they can do here.",
        panel("People", "Owners can do everything.", members),
        el.div(
            panel(
                "Invite someone",
                "We'll send them an e-mail. They have a week to accept, signed in with this address.",
                el.when(state.invitations.length() > 0, invitations),
                _invite_form(),
            ),
            class_name="border-t border-line pt-8",
        ),
        el.when(state.is_owner, ownership()),
    )


def _invite_form() -> rx.Component:
    form = _INVITE_FORM
    return forms.form(
        form,
        text_field(
            "email", "E-mail address", form=form.name, error=forms.error(form, "email"), type="email",
            auto_complete="off", max_length=254, spell_check=False, auto_capitalize="none",
        ),
        _permission_checkboxes("invite"),
        el.p(forms.error(form, "permissions"), role="alert", class_name="text-sm text-danger empty:hidden"),
        el.div(forms.submit(form, "Invite", is_secondary=True)),
        action=StaffState.invite_url,
        extra_fields=_SELECTED_PERMISSIONS,
        on_success=browser.event_trigger(StaffState.refresh),
    )  # fmt: skip


def _permission_checkboxes(name: str, granted: rx.Var[list[str]] | None = None) -> rx.Component:
    """Checkboxes of the permissions that the viewer can grant."""
    return el.fieldset(
        el.legend("Permissions", class_name="mb-1 text-[15px] font-medium"),
        *(
            el.when(StaffState.grantable_permissions.contains(str(each)), _permission_checkbox(each, name, granted))
            for each in Permission
        ),
        class_name="flex flex-col",
    )


def _permission_checkbox(each: Permission, name: str, granted: rx.Var[list[str]] | None) -> rx.Component:
    label, text = PERMISSION_LABELS[each]
    checked = {} if granted is None else {"default_checked": granted.contains(str(each))}  # type: ignore[attr-defined]
    return check_field(str(each), f"{label}: {text.lower()}", form=name, **checked)


def _member(each: rx.vars.ObjectVar[MemberView]) -> rx.Component:
    own_badge = el.span("You", class_name="rounded-full border border-edge px-2 py-0.5 text-xs font-medium")
    api_url = each.href.to(str)
    change = forms.form(
        _MEMBER_FORM,
        _permission_checkboxes("", each.permissions.to(list[str])),
        el.div(forms.submit(_MEMBER_FORM, "Save", context=each.name.to(str), instance=api_url, is_secondary=True)),
        action=api_url,
        method="PATCH",
        instance=api_url,
        keep_values=True,
        extra_fields=_SELECTED_PERMISSIONS,
        on_success=browser.event_trigger(StaffState.refresh),
    )
    can_change = ~each.is_locked.to(bool) & ~each.is_owner.to(bool)
    can_remove = ~each.is_locked.to(bool) | (each.is_me.to(bool) & ~each.is_owner.to(bool))
    return el.li(
        el.div(
            el.div(
                el.p(each.name, " ", el.when(each.is_me.to(bool), own_badge), class_name="font-medium wrap-anywhere"),
                el.p(each.email, class_name="text-sm text-soft wrap-anywhere"),
                class_name="min-w-0 flex-1 basis-56",
            ),
            el.p(each.role, class_name="text-[15px] text-soft"),
            class_name="flex flex-wrap items-center gap-x-4 gap-y-1",
        ),
        el.div(
            el.when(can_change, _disclosure("Change", change)),
            el.when(
                can_remove,
                _disclosure(
                    rx.cond(each.is_me, "Leave the shop", "Remove"), _remove_form(each, api_url, api_url + "#end")
                ),
            ),
            class_name="flex flex-wrap gap-x-6",
        ),
        key=api_url,
        class_name="py-4",
    )


def _remove_form(each: rx.vars.ObjectVar[MemberView], api_url: rx.Var[str], instance: rx.Var[str]) -> rx.Component:
    return forms.form(
        _MEMBER_FORM,
        el.p("They lose access to this shop immediately.", class_name="text-soft"),
        el.div(
            forms.submit(
                _MEMBER_FORM, "Yes, end access", context=each.name.to(str), instance=instance, is_secondary=True
            )
        ),
        action=api_url,
        method="DELETE",
        instance=instance,
        on_success=browser.event_trigger(StaffState.refresh),
    )


def _disclosure(label: rx.Var[str] | str, content: rx.Component) -> rx.Component:
    return el.details(el.summary(label, class_name=_SUMMARY), el.div(content, class_name="pt-1 pb-3"))


def _invitation(each: rx.vars.ObjectVar[InvitationView]) -> rx.Component:
    api_url = each.href.to(str)
    return el.li(
        el.div(
            el.p(each.title, class_name="wrap-anywhere"),
            el.p(each.permissions, " · expires on ", each.expires, class_name="text-sm text-soft"),
            class_name="min-w-0 flex-1 basis-56",
        ),
        forms.form(
            _INVITATION_FORM,
            forms.submit(_INVITATION_FORM, "Withdraw", context=each.title.to(str), instance=api_url, is_secondary=True),
            action=api_url,
            method="DELETE",
            instance=api_url,
            on_success=browser.event_trigger(StaffState.refresh),
        ),
        key=api_url,
        class_name="flex flex-wrap items-center gap-3 py-3",
    )


ROUTES = (private("/sell/[shop]/staff", staff_page, "Staff", StaffState.load),)
