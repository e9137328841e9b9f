"""The titles and texts of the pages until the operator writes their own.

They state facts about the software, and name what only the operator can know in [square brackets]. None is legal advice.
"""

from dataclasses import dataclass

from platform_app.domain.sitepages.rules import Slug


@dataclass(frozen=True)
class DefaultPage:
    """A built-in title and text."""

    title: str
    text: str


_HELP = """
<h2>Finding something</h2>
<p>Search for words, or browse the categories in the menu. Filters narrow the results by price, condition, colour and
more. Words in quotes have to follow each other; a word after a minus must not occur.</p>
<h2>Favourites and shops</h2>
<p>Press the heart on a listing to keep it in your favourites. We tell you when its price drops. Follow a shop to hear
of its new listings. You choose which e-mails you get under Account, Notifications.</p>
<h2>Your account</h2>
<p>Under Account you can change your name, e-mail address and password, turn on two-factor sign-in, see where you are
signed in, download your data and delete your account. If you have forgotten your password, use the link on the sign-in
page.</p>
<h2>Selling</h2>
<p>Anyone with an account can open a shop: choose "Sell on Plaza" at the bottom of any page. You can write listings one
by one, or import a file from another shop system.</p>
<h2>A question about an item</h2>
<p>Each shop is run by its own seller. How it ships and how it takes returns is on the shop's page.</p>
<h2>Still stuck?</h2>
<p>Write to us: the page "Contact" says how.</p>
"""

_CONTACT = """
<blockquote><p><strong>This page is not finished.</strong> Whoever runs this marketplace still has to fill in the parts
in square brackets.</p></blockquote>
<p>Questions about your account, this website or a listing that should not be here:</p>
<ul><li>E-mail: [the operator's e-mail address]</li>
<li>Phone: [the operator's phone number, and when somebody answers]</li>
<li>Post: [the operator's name and postal address]</li></ul>
<p>For questions about an item or an order, ask the shop that sells it. Its page says how it ships and how it takes
returns.</p>
"""

_TERMS = """
<blockquote><p><strong>These terms have not been written yet.</strong> Whoever runs this marketplace has to write them
before anybody sells or buys here. What follows is only a list of what terms of use usually answer; it is not legal
advice, and nobody has agreed to it.</p></blockquote>
<h2>Who runs this marketplace</h2>
<p>[Name, legal form and address of the operator, and their part in a sale between a shop and a buyer]</p>
<h2>Accounts</h2>
<p>[Who may have an account, and when it can be closed]</p>
<h2>Selling</h2>
<p>[What may be sold and what may not, what selling costs, and what shops have to tell buyers]</p>
<h2>Buying</h2>
<p>[With whom a buyer makes a contract and when, how they pay, and how they cancel or return an order]</p>
<h2>Content</h2>
<p>[Who is responsible for texts and pictures, and how to report something unlawful]</p>
<h2>Liability, changes and disputes</h2>
<p>[What the operator is liable for, how these terms change, and which law and which courts apply]</p>
"""

_PRIVACY = """
<blockquote><p><strong>This page is not finished.</strong> Whoever runs this marketplace still has to fill in the parts
in square brackets, and to check the rest. It describes what the software stores; it is not legal advice.</p></blockquote>
<h2>Who is responsible</h2>
<p>[Name and address of the operator, and how to reach them about privacy]</p>
<h2>What is stored</h2>
<ul><li>Of an account: its name, e-mail address, password (as a hash), postal addresses, notifications, favourites and
followed shops, and the devices that have signed in.</li>
<li>Of a shop: its profile, listings, pictures, members and statistics.</li>
<li>Of a visit: how often a listing is viewed. Visitors are told apart by a code that is valid for one day.</li>
<li>Of a report of a listing: its reason and text, and who sent it; of a visitor, a code that is valid for one
day.</li>
<li>Of a search: the words of a search that found nothing, without who searched.</li>
<li>[What the operator's servers log, where they are, and for how long the logs are kept]</li></ul>
<h2>Cookies</h2>
<p>One cookie keeps you signed in, and one recognises your browser while you confirm the e-mail address of a new
account. Text that you have typed and not yet sent stays in your browser. [Anything else that the operator has
added]</p>
<h2>Who else gets data</h2>
<p>[The companies that the operator works with, such as for hosting, e-mail and payments, and why]</p>
<h2>Your data is yours</h2>
<p>Under Account, "Your data", you can download what is stored about you and delete your account. [Your other rights,
and the authority to which you can complain]</p>
"""

_IMPRINT = """
<blockquote><p><strong>This page is not finished.</strong> Whoever runs this marketplace still has to fill in the parts
in square brackets. Which of them the law asks for depends on the country.</p></blockquote>
<p>[Name of the operator, and legal form of the company]<br>[Street and number]<br>[Postcode and town]<br>[Country]</p>
<ul><li>Represented by: [names]</li>
<li>E-mail: [e-mail address]</li>
<li>Phone: [phone number]</li>
<li>Register: [register and number]</li>
<li>VAT number: [number]</li>
<li>Responsible for the content: [name and address]</li></ul>
"""

DEFAULT_PAGES = {
    Slug.HELP: DefaultPage("Help", _HELP.strip()),
    Slug.CONTACT: DefaultPage("Contact", _CONTACT.strip()),
    Slug.TERMS: DefaultPage("Terms of use", _TERMS.strip()),
    Slug.PRIVACY: DefaultPage("Privacy", _PRIVACY.strip()),
    Slug.IMPRINT: DefaultPage("Imprint", _IMPRINT.strip()),
}
