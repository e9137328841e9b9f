"""The page that reports a listing, as it is compiled."""

import re

import pytest
import reflex as rx

from pages import forms, reports
from pages.components import el
from pages.components.form import form_error
from state.reports import ReportListingState

FORM, HREF = reports._FORM, ReportListingState.listing_href
STATE = re.split(r"\W", str(HREF))[0]
PARTS = {
    "the button": forms.submit(FORM, "Send report", instance=HREF),
    "the error": form_error(FORM.state, HREF),
    "the thanks": el.when(forms.is_submitted(FORM, instance=HREF), el.p("Thank you.")),
}


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_a_form_declares_the_state_that_names_its_instance(part: str) -> None:
    component: rx.Component = PARTS[part]
    assert STATE in str(component.render())
    declared = [hook for hook in component._get_all_hooks() if f"const {STATE} = " in hook]
    assert len(declared) == 1
