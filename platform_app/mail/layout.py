"""The layout of all mails, as HTML and plain text.

No mail repeats what its sender may have typed, such as a name: otherwise, people could sign up with somebody else's
address to make us send them any text. The one exception is the name of the shop that invites somebody, if it is short
and has nothing that a mail program makes a link or a phone number of (`is_quotable` of the shops' mails).
"""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from mjml import mjml2html

from platform_app.domain.shared.kinds import MailKind
from platform_app.infra.mail import MailMessage
from platform_app.infra.settings import settings

TEMPLATES = Path(__file__).parent / "templates"


def message(
    to: str,
    *,
    subject: str,
    paragraphs: tuple[str, ...],
    button: str,
    link: str,
    secondary: tuple[str, str] | None = None,
    kind: MailKind | None = None,
) -> MailMessage:
    """A mail with a button, and below it a second link; a mail of a `kind` links to where its reader turns it off."""
    base_url = settings().public_url.rstrip("/")
    if kind is not None:
        secondary = ("Turn off these mails", f"/account#mail-{kind.name}")
    label, href = secondary or ("", "")
    values = {
        "subject": subject,
        "paragraphs": paragraphs,
        "button": button,
        "link": base_url + link,
        "also": label,
        "also_link": base_url + href,
        "home": settings().public_url,
    }
    html = mjml2html(_templates().get_template("message.mjml").render(values))
    return MailMessage(to=to, subject=subject, html=html, text=_templates().get_template("message.txt").render(values))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["mjml"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
