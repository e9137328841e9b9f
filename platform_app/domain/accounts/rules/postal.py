"""Validating postal addresses."""

import re
from collections.abc import Mapping

from platform_app.domain.accounts.errors import InvalidAccount
from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.shared.errors import Invalid

# ISO 3166-1 alpha-2.
COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC "
    "CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD "
    "GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH "
    "KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW "
    "MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC "
    "SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY "
    "UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split()
)
# Field → label, maximum length, whether it is required.
_ADDRESS_FIELDS = {
    "name": ("the recipient's name", 80, True),
    "line1": ("the street and number", 120, True),
    "line2": ("the second address line", 120, False),
    "city": ("the city", 80, True),
    "region": ("the region", 80, False),
    "postcode": ("the postcode", 20, False),
    "phone": ("a phone number", 30, False),
}
_PHONE = re.compile(r"^\+?[0-9][0-9 ()./-]{3,28}$")


def clean_address(fields: Mapping[str, str]) -> dict[str, str]:
    """The address in its stored form; InvalidAccount lists all problems at once."""
    values: dict[str, str] = {}
    errors: dict[str, str] = {}
    for field, (label, max_length, required) in _ADDRESS_FIELDS.items():
        try:
            values[field] = normalisation.single_line(
                fields.get(field, ""), field=field, label=label, max_length=max_length, required=required
            )
        except Invalid as error:
            errors |= error.fields
    if values.get("phone") and not _PHONE.match(values["phone"]):
        errors["phone"] = "Enter a phone number such as +44 20 7946 0018, or leave this empty."
    values["country"] = fields.get("country", "").strip().upper()
    if values["country"] not in COUNTRIES:
        errors["country"] = "Choose a country."
    if errors:
        raise InvalidAccount(fields=errors)
    return values
