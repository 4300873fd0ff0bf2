"""Charts of the results, each a Matplotlib `Figure` made without pyplot."""

from cea.report.charts.acceptability import ceac, evpi
from cea.report.charts.cost_bars import costs
from cea.report.charts.frontier import efficiency_frontier
from cea.report.charts.markov_trace import trace
from cea.report.charts.running_mean import convergence
from cea.report.charts.save import save
from cea.report.charts.scatter import plane
from cea.report.charts.survival_curves import survival
from cea.report.charts.tornado_bars import tornado

__all__ = [
    "ceac",
    "convergence",
    "costs",
    "efficiency_frontier",
    "evpi",
    "plane",
    "save",
    "survival",
    "tornado",
    "trace",
]
