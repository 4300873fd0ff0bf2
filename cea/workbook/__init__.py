"""Excel in and out: the schema as data, reading, formula cells, the template writer."""
