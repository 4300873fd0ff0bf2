"""The inputs that have no bar of their own in a tornado of a ratio: they are not summed."""

from __future__ import annotations

import pytest

import cea
from cea.analysis.bars import summed
from cea.report import charts
from tests.build import shipped
from tests.command_line import SHIPPED, call


@pytest.mark.parametrize(("outcome", "added"), [("icer", False), ("inmb", True), ("cost", True)])
def test_what_is_left_out_is_summed_unless_it_is_a_ratio(outcome: str, added: bool):
    found = cea.tornado(shipped("sor_tace"), outcome, top=3)
    figure = charts.tornado(found)
    labels = [bars.get_label() for bars in figure.axes[0].containers]
    line = figure.axes[0].get_yticklabels()[-1].get_text()
    assert ("_rest" in labels) is added
    assert ("summed" in line and "not summed" not in line) is added
    assert ("not a joint range" in " ".join(t.get_text() for t in figure.legends[0].texts)) is added


def test_the_terminal_shows_no_sum_of_ratios():
    rest = summed(cea.tornado(shipped("sor_tace"), "icer").bars(1)[1:])
    assert rest.low < 0  # in one quadrant there is no such ICER
    _, output = call("tornado", SHIPPED, "--outcome", "icer", "--top", "1")
    assert "37 others, not summed" in output
    assert "changes of a ratio do not add up" in output
    assert "others, summed" not in output
    assert f"{-rest.low:,.0f}" not in output
