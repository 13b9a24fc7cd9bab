from typing import Any

from stitchkit.report import markdown
from stitchkit.results import Results


def test_document(results: Results) -> None:
    lines = markdown(results).splitlines()
    assert lines[0] == "# A made-up study"
    assert lines[2] == "| Method | seg: mIU (%) ↑ | sn: Mean (°) ↓ | sn: \\<30° (%) ↑ |"
    assert "| Cross-stitch | **21.0 ± 1.4** ▲ | 34.5 ± 0.7 ▼ | **60.5 ± 0.7** |" in lines
    assert "**snapped to axes estimated from the prediction**" in lines
    assert any(line.startswith("- Data: rooms") for line in lines)


def test_text_cannot_break_out_of_a_cell(data: dict[str, Any]) -> None:
    data["title"] = "a | b\n<script> *c*"
    data["tasks"]["s|eg"] = data["tasks"].pop("seg")
    text = markdown(Results.model_validate(data))
    assert text.startswith("# a \\| b \\<script\\> \\*c\\*\n")
    assert "s\\|eg: mIU" in text
