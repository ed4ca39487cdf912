"""The suites of ``scripts/bench.py``. Each is a function ``run(quick)`` that measures and gives a `report.Result`."""
