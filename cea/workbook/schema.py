"""The workbook's sheets, columns and settings, as data.

Everything that knows a sheet or a column reads it here: the reader, the checks, the template
writer and the workbook guide in ``docs/workbook.md``. A sheet, a column or a setting is added by
adding a row below.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_DRAWS = 10_000_000  # of a probabilistic analysis


class Kind(StrEnum):
    """What a cell may hold."""

    TEXT = "text"
    NAME = "name"  # an identifier that formulas can use
    NUMBER = "number"  # a plain number, the same for every draw
    INTEGER = "whole number"
    VALUE = "number or formula"  # evaluated for every draw
    CHOICE = "one of a list"
    YES_NO = "yes or no"
    ANY = "anything"  # the new value of a scenario; read as the cell it replaces


@dataclass(frozen=True)
class Field:
    """A column of a sheet, or a row of the Settings sheet."""

    name: str
    kind: Kind
    description: str
    unit: str = ""
    required: bool = False
    default: str | float | None = None
    choices: tuple[str, ...] = ()
    choices_from: str = ""  # "Sheet.Column" whose entries are the choices
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None  # an open lower bound
    width: int = 14


@dataclass(frozen=True)
class Sheet:
    """A table of the workbook.

    `key` names the columns that identify a row: the scenario sheet addresses a row by their
    non-blank entries joined with a full stop, e.g. ``SOR-TACE.OS`` in the Survival sheet.
    """

    name: str
    description: str
    columns: tuple[Field, ...]
    key: tuple[str, ...] = ()
    unique: bool = False  # two rows with the same key are an error
    required: bool = False

    def column(self, name: str) -> Field:
        """Return the column called `name`."""
        return next(column for column in self.columns if column.name == name)


COVER = "Start here"  # the sheet that explains the others, and holds no input
# Columns that tell the reader what a row is: without one, every result stays as it is.
DESCRIBING = ("Label", "Unit", "Evidence", "Source", "Note")

STATES = ("progression_free", "progressed")
ENDPOINTS = ("OS", "PFS", "TOT", "PPS")
METHODS = ("parametric", "hazard_ratio", "table", "fit")
STRUCTURES = ("markov", "partitioned_survival")
CLOSURES = ("match_os", "os_hazard", "constant", "pps_curve")
PRE_PROGRESSION_DEATH = ("background", "fraction")
WITHIN_CYCLE = ("half_cycle", "start", "end", "simpson")
DISCOUNT_TIMINGS = ("mid_cycle", "cycle_start", "whole_year", "boundary")
SAMPLINGS = ("sobol", "latin_hypercube", "pseudo_random")
SURVIVAL_UNCERTAINTIES = ("normal", "bootstrap")
CYCLE_UNITS = ("day", "week", "month", "year")
DISTRIBUTIONS = (
    "fixed", "normal", "lognormal", "gamma", "beta", "uniform", "triangular", "pert", "dirichlet",
)  # fmt: skip
FAMILIES = (
    "exponential", "weibull", "gompertz", "lognormal", "loglogistic", "gamma", "gengamma",
)  # fmt: skip
SPLINE = "spline"
CRITERIA = ("best AIC", "best BIC")  # that choose a family
SPLINE_SCALES = ("hazard", "odds", "normal")
SURVIVAL_UNITS = ("fraction", "percent")
EVIDENCE = ("trial", "published", "derived", "assumption")
APPLIES_TO = (
    "entry", "progression_free", "progressed", "alive", "on_treatment", "off_treatment",
    "progression", "death",
)  # fmt: skip
PERIODS = ("day", "week", "2 weeks", "3 weeks", "4 weeks", "6 weeks", "month", "year")  # usual

_T, _N, _V, _C = Kind.TEXT, Kind.NUMBER, Kind.VALUE, Kind.CHOICE

SETTINGS: tuple[Field, ...] = (
    Field("title", _T, "Title printed on every output.", default="Cost-effectiveness analysis"),
    Field("perspective", _T, "Whose costs are counted.", default="Healthcare system"),
    Field("currency", _T, "Currency of every amount.", default="USD"),
    Field("price_year", Kind.INTEGER, "Year of the prices.", required=True, minimum=1900,
          maximum=2200),
    Field("cycle_length", _N, "Length of one model cycle, in cycle_unit.", default=1.0, above=0),
    Field("cycle_unit", _C, "Unit of cycle_length. A year is 12 months and 365.25 days.",
          default="month", choices=CYCLE_UNITS),
    Field("horizon_years", _N, "Time horizon, rounded to whole cycles.", "years", required=True,
          above=0, maximum=150),
    Field("structure", _C, "markov carries a cohort through transition probabilities; "
          "partitioned_survival reads the state occupancy off the curves.",
          default="markov", choices=STRUCTURES),
    Field("closure", _C, "Where post-progression mortality comes from in a Markov model: match_os "
          "reproduces the OS curve exactly; os_hazard applies the OS curve's hazard to progressed "
          "patients; constant uses post_progression_hazard; pps_curve the PPS curves, with a clock "
          "that starts at the end of the cycle of progression.",
          default="match_os", choices=CLOSURES),
    Field("post_progression_hazard", _V, "Constant hazard of death after progression; needed by "
          "closure constant. A parameter's name makes it move in the PSA.", "per month",
          minimum=0),
    Field("pre_progression_death", _C, "Death before progression: background is the general "
          "population's probability; fraction is a share of those leaving progression-free.",
          default="background", choices=PRE_PROGRESSION_DEATH),
    Field("pre_progression_death_fraction", _V, "Share of those leaving progression-free who die; "
          "needed by pre_progression_death fraction.", "proportion", minimum=0, maximum=1),
    Field("within_cycle_correction", _C, "Average occupancy of a cycle: half_cycle is the mean of "
          "its ends; simpson integrates pairs of cycles by Simpson's rule.",
          default="half_cycle", choices=WITHIN_CYCLE),
    Field("discount_rate_costs", _V, "Annual discount rate of costs.", "per year", required=True,
          minimum=0, maximum=1),
    Field("discount_rate_effects", _V, "Annual discount rate of life-years and QALYs.",
          "per year", required=True, minimum=0, maximum=1),
    Field("discount_timing", _C, "When in a cycle amounts are discounted: at its middle, at its "
          "start, at the start of its year, or boundary: occupancy is discounted at the cycle "
          "boundaries and corrected afterwards.",
          default="mid_cycle", choices=DISCOUNT_TIMINGS),
    Field("start_age", _N, "Age at entry.", "years", required=True, minimum=0, maximum=120),
    Field("proportion_male", _N, "Share of men at entry.", "proportion", required=True, minimum=0,
          maximum=1),
    Field("background_mortality", Kind.YES_NO, "Keep the probability of death in every cycle at or "
          "above the general population's (Life table sheet).", default="yes"),
    Field("reference_strategy", _C, "The comparator of every increment.", required=True,
          choices_from="Strategies.Name"),
    Field("psa_draws", Kind.INTEGER, "Draws of the probabilistic sensitivity analysis.",
          default=10000, minimum=2, maximum=MOST_DRAWS),
    Field("psa_seed", Kind.INTEGER, "Seed: the same seed gives the same draws on every machine.",
          default=1, minimum=0),
    Field("psa_sampling", _C, "How the draws fill the space: sobol (scrambled, most precise), "
          "latin_hypercube or pseudo_random.", default="sobol", choices=SAMPLINGS),
    Field("ceac_max", _N, "Largest willingness to pay on the acceptability curve.",
          "currency per QALY", required=True, above=0),
    Field("ceac_step", _N, "Step of the acceptability curve.", "currency per QALY", required=True,
          above=0),
    Field("survival_uncertainty", _C, "How fitted curves vary in the PSA: normal draws from the "
          "multivariate normal of the fit; bootstrap refits to resampled patients, OS and PFS of a "
          "strategy together where they have the same number of patients.",
          default="normal", choices=SURVIVAL_UNCERTAINTIES),
    Field("voi_incidence", _N, "Patients a year who face the decision, for the value of "
          "information to the population; blank: per patient only.", "patients per year", above=0),
    Field("voi_horizon_years", _N, "Years for which the decision is relevant, for the value of "
          "information to the population.", "years", above=0, maximum=150),
    Field("voi_discount_rate", _N, "Annual discount rate of patients to come; blank: that of "
          "costs.", "per year", minimum=0, maximum=1),
)  # fmt: skip

_SETTINGS_COLUMNS = (
    Field("Setting", _C, "Name of the setting.", required=True,
          choices=tuple(setting.name for setting in SETTINGS), width=30),
    Field("Value", Kind.ANY, "Its value.", width=34),
    Field("Unit", _T, "Unit of the value.", width=18),
    Field("Note", _T, "What it means, or why this value.", width=90),
)  # fmt: skip

SHEETS: tuple[Sheet, ...] = (
    Sheet("Settings", "How the model runs. One row a setting.", _SETTINGS_COLUMNS,
          key=("Setting",), unique=True, required=True),
    Sheet("Thresholds", "Willingness to pay per QALY. The first row is the headline threshold.", (
        Field("Label", _T, "Name printed beside the threshold.", required=True, width=34),
        Field("Value", _N, "Willingness to pay.", "currency per QALY", required=True, minimum=0),
        Field("Source", _T, "Where it comes from.", width=70),
    ), key=("Label",), unique=True, required=True),
    Sheet("Strategies", "The strategies compared, in order of display.", (
        Field("Name", _T, "Short name, used in the other sheets.", required=True, width=20),
        Field("Label", _T, "Name printed in tables and charts; blank: the short name.", width=40),
    ), key=("Name",), unique=True, required=True),
    Sheet("Parameters", "Every number of the model with its uncertainty, evidence and source. "
          "Other sheets use a parameter by its name.", (
        Field("Name", Kind.NAME, "Name for formulas: letters, digits and underscores.",
              required=True, width=28),
        Field("Label", _T, "Name printed in tables and charts.", width=46),
        Field("Group", _T, "Parameters shown together; rows of one Dirichlet share it.", width=20),
        Field("Unit", _T, "Unit of Base, Low and High.", width=20),
        Field("Base", _V, "Base-case value: a number, or a formula over other parameters.",
              required=True),
        Field("Low", _V, "Lower end for the tornado; with High, also the 95% interval where no "
              "other spread is given (uniform, triangular, pert: the minimum)."),
        Field("High", _V, "Upper end (uniform, triangular, pert: the maximum)."),
        Field("Distribution", _C, "Distribution in the PSA. lognormal: Base is the median; "
              "triangular and pert: Base is the mode; otherwise Base is the mean.",
              default="fixed", choices=DISTRIBUTIONS),
        Field("SE", _V, "Standard error; lognormal: of the logarithm.", minimum=0),
        Field("Par1", _V, "First parameter of the distribution: normal mean, lognormal meanlog, "
              "gamma shape, beta alpha, uniform/triangular/pert minimum, dirichlet alpha."),
        Field("Par2", _V, "Second parameter: normal SD, lognormal sdlog, gamma scale, beta beta, "
              "uniform/triangular/pert maximum."),
        Field("In DSA", Kind.YES_NO, "Vary it in the tornado.", default="yes", width=9),
        Field("In PSA", Kind.YES_NO, "Sample it in the PSA.", default="yes", width=9),
        Field("Evidence", _C, "What the value rests on.", choices=EVIDENCE, width=13),
        Field("Source", _T, "Where it comes from.", width=56),
        Field("Note", _T, "Anything a reviewer should know.", width=70),
    ), key=("Name",), unique=True, required=True),
    Sheet("Correlations", "Correlations between parameters in the PSA, of their normal scores "
          "(Gaussian copula). Pairs not listed are independent.", (
        Field("Parameter A", _C, "A sampled parameter.", required=True,
              choices_from="Parameters.Name", width=28),
        Field("Parameter B", _C, "Another sampled parameter.", required=True,
              choices_from="Parameters.Name", width=28),
        Field("Correlation", _N, "Between -1 and 1, both excluded.", required=True, minimum=-1,
              maximum=1),
    ), key=("Parameter A", "Parameter B"), unique=True),
    Sheet("Parameter sets", "Parameters that a study would inform together: the value of "
          "information is computed for each set, as it is for each Group.", (
        Field("Set", _T, "Name of the set; rows that share it form one set.", required=True,
              width=34),
        Field("Parameter", _C, "A sampled parameter.", required=True,
              choices_from="Parameters.Name", width=28),
    ), key=("Set", "Parameter"), unique=True),
    Sheet("Survival", "One row for each strategy and end point. OS and PFS are needed; TOT (time "
          "on treatment) is optional: without it treatment lasts while progression-free. PPS "
          "(survival from progression on) serves closure pps_curve.", (
        Field("Strategy", _C, "Strategy.", required=True, choices_from="Strategies.Name",
              width=18),
        Field("Endpoint", _C, "End point.", required=True, choices=ENDPOINTS, width=10),
        Field("Method", _C, "parametric: Family and Par1..Par5; hazard_ratio: the Reference "
              "strategy's curve to the power of Hazard ratio; table: the points named by Data set "
              "in the Curves sheet; fit: Family fitted to the patients, or to the digitised curve, "
              "of Data set by maximum likelihood.", required=True, choices=METHODS),
        Field("Family", _C, "Survival distribution. Time is in months. Parameters in order: "
              "exponential rate; weibull shape, scale; gompertz shape, rate; lognormal meanlog, "
              "sdlog; loglogistic shape, scale; gamma shape, rate; gengamma mu, sigma, Q; spline "
              "gamma_0, gamma_1, ... With fit also best AIC or best BIC: the lowest of the seven "
              "families but the spline, a screening aid that says nothing of the tail.",
              choices=(*FAMILIES, SPLINE, *CRITERIA)),
        *(Field(f"Par{i}", _V, f"Parameter {i} of the family.") for i in range(1, 6)),
        Field("Spline scale", _C, "What a spline models: the log cumulative hazard, the log odds "
              "or the normal quantile of death. Blank with fit: hazard.", choices=SPLINE_SCALES),
        Field("Knots", _T, "Of a spline. parametric: logarithms of months, rising, the outer knots "
              "included, separated by semicolons; one for each Par. fit: number of inner knots, 1 "
              "to 3; blank: 1.", width=24),
        Field("Reference strategy", _C, "Strategy whose curve the hazard ratio or the waning "
              "refers to; blank: the reference strategy of the Settings. With fit, a name asks "
              "for a joint fit with that strategy's fit of the same end point: one family, a "
              "treatment effect on its location parameter (Family may be blank here). Blank: a "
              "fit of its own.",
              choices_from="Strategies.Name", width=18),
        Field("Hazard ratio", _V, "Hazard ratio against the reference strategy.", above=0),
        Field("Data set", _T, "table: data set in the Curves sheet; fit: data set in the KM or "
              "the Patients sheet."),
        Field("Waning start", _V, "Month in which the treatment effect starts to wane.", "months",
              minimum=0),
        Field("Waning end", _V, "Month in which the hazard has become the reference strategy's; "
              "equal to the start: at once.", "months", minimum=0),
    ), key=("Strategy", "Endpoint"), unique=True, required=True),
    Sheet("Curves", "Tabulated survival curves. Between points the cumulative hazard is "
          "interpolated linearly; beyond the end the last hazard is held.", (
        Field("Data set", _T, "Name used by the Survival sheet.", required=True, width=18),
        Field("Time", _N, "Time since entry.", "months", required=True, minimum=0),
        Field("Survival", _N, "Share still free of the event.", "proportion", required=True,
              minimum=0, maximum=1),
    ), key=("Data set", "Time"), unique=True),
    Sheet("Data sets", "Evidence for curves that are fitted. One row for each data set: a "
          "digitised curve (KM and At risk), or patients (Patients, which need no row here).", (
        Field("Data set", _T, "Name used by the other sheets.", required=True, width=18),
        Field("Survival unit", _C, "Unit of Survival in the sheets KM and Landmarks, which need "
              "it: fraction (1 at the start) or percent (100).", choices=SURVIVAL_UNITS, width=14),
        Field("Total events", Kind.INTEGER, "Published number of events, if known: it settles the "
              "censoring after the last number at risk; Patients are held against it.", minimum=1),
        Field("Published median", _N, "Published median, if known: the reconstruction, or the "
              "Patients, are held against it.", "months", above=0),
        Field("Published hazard ratio", _N, "Published hazard ratio against the reference "
              "strategy, if known, of its data set and this one: theirs is held against it.",
              "ratio", above=0),
        Field("Label", _T, "What the data are, printed as the source of the fitted parameters.",
              width=60),
    ), key=("Data set",), unique=True),
    Sheet("KM", "Kaplan-Meier curves digitised from a figure: points clicked along the curve, in "
          "any order.", (
        Field("Data set", _T, "Name in the Data sets sheet.", required=True, width=18),
        Field("Time", _N, "Time since entry.", "months", required=True),
        Field("Survival", _N, "Share still free of the event, in the Survival unit of its data "
              "set.", required=True),
    ), key=("Data set", "Time")),
    Sheet("At risk", "Numbers at risk printed below a digitised curve. The one at month 0 is "
          "needed; leave out the rows of numbers that are missing.", (
        Field("Data set", _T, "Name in the Data sets sheet.", required=True, width=18),
        Field("Time", _N, "Time since entry, rising.", "months", required=True, minimum=0),
        Field("N", Kind.INTEGER, "Patients at risk.", required=True, minimum=0),
    ), key=("Data set", "Time"), unique=True),
    Sheet("Patients", "Patient-level times, one row a patient.", (
        Field("Data set", _T, "Name of the data set.", required=True, width=18),
        Field("Time", _N, "Time to the event or to the end of follow-up.", "months", required=True,
              above=0),
        Field("Event", Kind.INTEGER, "1 for the event, 0 for a patient censored at that time.",
              required=True),
    ), key=("Data set", "Time")),
    Sheet("Landmarks", "Published survival at some months, if any: what is reconstructed, or the "
          "Patients, are held against it.", (
        Field("Data set", _T, "Name in the Data sets sheet.", required=True, width=18),
        Field("Time", _N, "Time since entry.", "months", required=True, above=0),
        Field("Survival", _N, "Published share still free of the event, in the Survival unit of "
              "its data set.", required=True, minimum=0, maximum=100),
    ), key=("Data set", "Time"), unique=True),
    Sheet("External", "Survival known from elsewhere, to hold curves against: a registry, a longer "
          "trial, an expert's range. cea fit holds every fit against it, cea run the curve that "
          "the model uses; it changes no result.", (
        Field("Strategy", _C, "Strategy.", required=True, choices_from="Strategies.Name",
              width=18),
        Field("Endpoint", _C, "End point.", required=True, choices=ENDPOINTS, width=10),
        Field("Month", _N, "Time since entry.", "months", required=True, above=0),
        Field("Survival", _N, "Share still free of the event.", "proportion", required=True,
              minimum=0, maximum=1),
        Field("Low", _N, "Lower end of the plausible range.", "proportion", minimum=0, maximum=1),
        Field("High", _N, "Upper end of the plausible range.", "proportion", minimum=0,
              maximum=1),
        Field("Source", _T, "Where it comes from.", width=56),
    ), key=("Strategy", "Endpoint", "Month", "Source"), unique=True),
    Sheet("Costs", "One row for each cost. Rows add up.", (
        Field("Item", _T, "Name of the cost.", required=True, width=34),
        Field("Category", _T, "Costs of one category are shown together.", required=True,
              width=22),
        Field("Strategy", _C, "Strategy; blank: all.", choices_from="Strategies.Name", width=18),
        Field("Applies to", _C, "Who is charged. on_treatment follows the TOT curve, or PFS "
              "without one; progression and death are charged when they happen; entry once at "
              "the start, neither discounted nor corrected.", required=True, choices=APPLIES_TO,
              width=18),
        Field("From month", _V, "First month charged; blank: from entry.", "months", minimum=0),
        Field("To month", _V, "Month in which charging stops; blank: the horizon.", "months",
              minimum=0),
        Field("Amount", _V, "Amount: a number, or a formula over parameters.", "currency",
              required=True, minimum=0, width=44),
        Field("Per", _T, "What the amount is for. Amounts that accrue: day, week, month, year, a "
              "whole number of them such as 4 weeks or 28 days, or cycle. Repeated charges: every "
              "3 months, every 12 weeks and so on, at From month and each such time later. event "
              "for entry, progression and death.", required=True),
        Field("Evidence", _C, "What the row rests on, where its parameters do not say.",
              choices=EVIDENCE, width=13),
        Field("Source", _T, "Where it comes from.", width=56),
    ), key=("Item", "Strategy"), required=True),
    Sheet("Utilities", "Health-state utilities. A row for one strategy takes the place of the row "
          "for all.", (
        Field("Strategy", _C, "Strategy; blank: all.", choices_from="Strategies.Name", width=18),
        Field("State", _C, "Health state.", required=True, choices=STATES, width=20),
        Field("Utility", _V, "Utility of the state.", "utility", required=True, minimum=-1,
              maximum=1, width=24),
    ), key=("Strategy", "State"), unique=True, required=True),
    Sheet("Adverse events", "Charged once at entry: incidence x cost, and incidence x disutility "
          "x days / 365.25.", (
        Field("Event", _T, "Name of the event.", required=True, width=34),
        Field("Strategy", _C, "Strategy; blank: all.", choices_from="Strategies.Name", width=18),
        Field("Incidence", _V, "Share of patients with the event.", "proportion", required=True,
              minimum=0, maximum=1, width=26),
        Field("Cost", _V, "Cost of one event.", "currency", required=True, minimum=0, width=20),
        Field("Disutility", _V, "Loss of utility while it lasts.", "utility", required=True,
              minimum=0, maximum=1, width=20),
        Field("Days", _V, "How long it lasts.", "days", required=True, minimum=0, width=18),
    ), key=("Event", "Strategy"), unique=True),
    Sheet("Life table", "Annual probability of death of the general population.", (
        Field("Age", Kind.INTEGER, "Age in whole years, without gaps.", required=True, minimum=0,
              maximum=130),
        Field("qx male", _N, "Probability that a man dies within the year.", "per year",
              required=True, minimum=0, maximum=1),
        Field("qx female", _N, "Probability that a woman dies within the year.", "per year",
              required=True, minimum=0, maximum=1),
        Field("Source", _T, "Where the table comes from; the first row is enough.", width=70),
    ), key=("Age",), unique=True),
    Sheet("Scenarios", "Each row edits one cell of another sheet; rows of one scenario are edited "
          "together.", (
        Field("Scenario", _T, "Short name; rows that share it form one scenario.", required=True,
              width=24),
        Field("Label", _T, "Name printed in tables and charts.", width=52),
        Field("Sheet", _C, "Sheet to edit.", required=True, width=16),
        Field("Item", _T, "Row to edit: a setting, a parameter, a cost item, or keys joined by a "
              "full stop such as SOR-TACE.OS.", required=True, width=28),
        Field("Column", _T, "Column to edit.", required=True, width=18),
        Field("Value", Kind.ANY, "The new value; a formula may use parameter names. In a row that "
              "edits a parameter, its own name means its Base before the edit: =0.8*c_drug is 20% "
              "less.", width=24),
    ), key=("Scenario", "Sheet", "Item", "Column"), unique=True),
    Sheet("Subgroups", "Subgroups of the patients, if any: results are then shown by subgroup and "
          "weighted. Each row edits one cell of another sheet, as in Scenarios; rows of one "
          "subgroup are edited together.", (
        Field("Subgroup", _T, "Short name; rows that share it form one subgroup.", required=True,
              width=24),
        Field("Label", _T, "Name printed in tables and charts.", width=40),
        Field("Weight", _N, "Share of the patients, once for each subgroup. The shares add up to "
              "1.", "proportion", maximum=1, above=0),
        Field("Sheet", _C, "Sheet to edit; with Item and Column left blank for a subgroup that is "
              "as the other sheets say.", width=16),
        Field("Item", _T, "Row to edit, named as in Scenarios.", width=28),
        Field("Column", _T, "Column to edit.", width=18),
        Field("Value", Kind.ANY, "The new value; a formula may use parameter names, as in "
              "Scenarios.", width=24),
    ), key=("Subgroup", "Sheet", "Item", "Column"), unique=True),
)  # fmt: skip

BY_NAME = {sheet.name: sheet for sheet in SHEETS}

# Results are compared, and added up, over subgroups: what gives them their meaning is common.
COMMON_SHEETS = ("Thresholds", "Strategies")
COMMON_SETTINGS = (
    "title", "perspective", "currency", "price_year", "reference_strategy", "psa_draws",
    "psa_seed", "psa_sampling", "ceac_max", "ceac_step", "survival_uncertainty",
)  # fmt: skip


def editable_sheets(by: str) -> tuple[str, ...]:
    """Name the sheets whose cells the rows of a sheet, Scenarios or Subgroups, may edit."""
    common = COMMON_SHEETS if by == "Subgroups" else ()
    kept = ("Scenarios", "Subgroups", *common)
    return tuple(sheet.name for sheet in SHEETS if sheet.name not in kept)
