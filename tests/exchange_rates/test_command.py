"""`./plaza rates`, and the rates over REST."""

import json
from pathlib import Path

from typer.testing import CliRunner

from platform_app.cli import exchange_rates
from tests.accounts.helpers import browsers

RUNNER = CliRunner()


def test_an_operator_imports_rates_and_everybody_reads_them(clean: None, tmp_path: Path) -> None:
    table = tmp_path / "eurofxref.csv"
    table.write_text("Date, USD, XDR, \n27 November 2026, 1.25, 0.9, \n")
    done = RUNNER.invoke(exchange_rates.app, ["rates", "import", str(table)])
    assert done.output == "1 rates changed, as of 2026-11-27. Plaza has no such currency: XDR.\n"
    shown = RUNNER.invoke(exchange_rates.app, ["rates", "list", "--json"])
    dollar = {"currency": "USD", "per_euro": "1.25", "source": "operator", "as_of": "2026-11-27"}
    assert dollar in json.loads(shown.output)
    with browsers() as (client,):
        answer = client.get("/api/v1/exchange-rates").json()
    assert answer["currency"] == "USD"
    assert dollar in answer["items"]


def test_a_file_without_rates_is_refused_by_its_name(clean: None, tmp_path: Path) -> None:
    table = tmp_path / "rates.csv"
    for content, message in ((None, "cannot be read"), ("currency;rate\n", "The first line has to be")):
        if content is not None:
            table.write_text(content)
        refused = RUNNER.invoke(exchange_rates.app, ["rates", "import", str(table)])
        assert refused.exit_code == 1
        assert str(table) in str(refused.exception)
        assert message in str(refused.exception)
