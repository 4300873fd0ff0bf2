"""The example workbooks by name; a folder each, with a CSV file a sheet."""

EXAMPLES: tuple[str, ...] = ("sor_tace", "three_strategies", "km_example")
ILLUSTRATIVE: frozenset[str] = frozenset({"three_strategies", "km_example"})  # with made-up numbers
