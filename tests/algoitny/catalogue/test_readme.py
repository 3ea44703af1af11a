"""The README's table of access patterns is the command's."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command

README = (Path(__file__).resolve().parents[3] / "README.md").read_text()


def test_the_readme_has_the_table_that_the_command_makes():
    out = StringIO()
    call_command("pattern_table", format="markdown", stdout=out)
    shown = README.partition("<!-- pattern_table -->\n")[2].partition("\n<!-- end -->")[0]
    assert shown.splitlines() == out.getvalue().strip().splitlines()
