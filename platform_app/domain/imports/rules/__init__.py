"""Reading exports of other shop systems: files, formats and products."""
