"""HTML elements with types, which Reflex's own lack."""

from typing import Any, Protocol

import reflex as rx

Child = rx.Component | rx.Var[Any] | str


class Element(Protocol):
    """Creates an element with children and attributes."""

    def __call__(self, *children: Child, **props: Any) -> rx.Component:
        """The element."""


a: Element = rx.el.A.create  # a plain link for anchors on the same page
router_link: Element = rx.el.a  # React Router's
address: Element = rx.el.address
article: Element = rx.el.article
aside: Element = rx.el.aside
button: Element = rx.el.button
code: Element = rx.el.code
dd: Element = rx.el.dd
details: Element = rx.el.details
dialog: Element = rx.el.dialog
div: Element = rx.el.div
dl: Element = rx.el.dl
dt: Element = rx.el.dt
fieldset: Element = rx.el.fieldset
footer: Element = rx.el.footer
form: Element = rx.el.form
fragment: Element = rx.fragment
h1: Element = rx.el.h1
h2: Element = rx.el.h2
h3: Element = rx.el.h3
head_link: Element = rx.el.link
header: Element = rx.el.header
iframe: Element = rx.el.iframe
img: Element = rx.el.img
input: Element = rx.el.input
label: Element = rx.el.label
legend: Element = rx.el.legend
li: Element = rx.el.li
main: Element = rx.el.main
meta: Element = rx.el.meta
nav: Element = rx.el.nav
noscript: Element = rx.el.noscript
datalist: Element = rx.el.datalist
ol: Element = rx.el.ol
p: Element = rx.el.p
s: Element = rx.el.s
option: Element = rx.el.option
section: Element = rx.el.section
select: Element = rx.el.select
span: Element = rx.el.span
summary: Element = rx.el.summary
table: Element = rx.el.table
tbody: Element = rx.el.tbody
td: Element = rx.el.td
textarea: Element = rx.el.textarea
th: Element = rx.el.th
thead: Element = rx.el.thead
tr: Element = rx.el.tr
ul: Element = rx.el.ul


def when(condition: rx.Var[bool], component: rx.Component) -> rx.Component:
    """The component while the condition is true, else nothing."""
    return fragment(rx.cond(condition, component, fragment()))


def if_else(condition: rx.Var[bool], component: rx.Component, fallback: rx.Component) -> rx.Component:
    """The component while the condition is true, else the fallback."""
    return fragment(rx.cond(condition, component, fallback))
