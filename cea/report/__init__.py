"""What a run hands over: charts, the results workbook, the live model, the record."""
