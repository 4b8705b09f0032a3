"""The simulators that are measured beside ours, one file each; `case.py` is what all are given.

Each peer has `TITLE`, `HOW` (one line: what it does here), `PACKAGE` (whose version is recorded),
`SIZES` (people for the open loop and for demand feedback; None where it cannot) and

- `open_loop(case, every_min)`: concentrations, shape (people, drugs, 2, points), ng/ml;
- `feedback(case)`: what became of each, a :class:`case.Lived`.
"""
