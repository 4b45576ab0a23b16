# The rehearsal: a Python package, whose base the drills of tests/ use, too.
EXTRA_DIST += drill/holdfast_drill
