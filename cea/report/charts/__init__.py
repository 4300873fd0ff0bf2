"""Charts of the results, each a Matplotlib `Figure` made without pyplot."""

from cea.report.charts.acceptability import ceac, evpi
from cea.report.charts.cost_bars import costs
from cea.report.charts.family_grid import family_grid
from cea.report.charts.fitted_curves import fitted_hazards, fitted_survival
from cea.report.charts.frontier import efficiency_frontier
from cea.report.charts.hazard_shapes import hazard_shapes
from cea.report.charts.heat_map import two_way
from cea.report.charts.histograms import net_benefit_density, spread
from cea.report.charts.information import evppi_bars, evppi_curves, evsi
from cea.report.charts.loss import expected_loss
from cea.report.charts.markov_trace import trace
from cea.report.charts.precision import precision
from cea.report.charts.proportionality import quantile_quantile, schoenfeld
from cea.report.charts.reconstructed import reconstructed
from cea.report.charts.running_mean import convergence
from cea.report.charts.save import as_files, save
from cea.report.charts.scatter import plane
from cea.report.charts.scenario_bars import scenarios
from cea.report.charts.subgroup_intervals import subgroups
from cea.report.charts.survival_curves import survival
from cea.report.charts.threshold_lines import price, threshold
from cea.report.charts.tornado_bars import tornado

__all__ = [
    "as_files",
    "ceac",
    "convergence",
    "costs",
    "efficiency_frontier",
    "evpi",
    "evppi_bars",
    "evppi_curves",
    "evsi",
    "expected_loss",
    "family_grid",
    "fitted_hazards",
    "fitted_survival",
    "hazard_shapes",
    "net_benefit_density",
    "plane",
    "precision",
    "price",
    "quantile_quantile",
    "reconstructed",
    "save",
    "scenarios",
    "schoenfeld",
    "spread",
    "subgroups",
    "survival",
    "threshold",
    "tornado",
    "trace",
    "two_way",
]
