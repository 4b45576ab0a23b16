# The rehearsal: a Python package, whose base the drills of tests/ use, too, and what starts it.
drilldir = $(pkgdatadir)/drill/holdfast_drill
dist_drill_DATA = \
    drill/holdfast_drill/__init__.py \
    drill/holdfast_drill/__main__.py \
    drill/holdfast_drill/analysis.py \
    drill/holdfast_drill/apart.py \
    drill/holdfast_drill/capture.py \
    drill/holdfast_drill/cluster.py \
    drill/holdfast_drill/daemons.py \
    drill/holdfast_drill/facts.py \
    drill/holdfast_drill/html.py \
    drill/holdfast_drill/isolate.py \
    drill/holdfast_drill/kernel.py \
    drill/holdfast_drill/main.py \
    drill/holdfast_drill/namespace.py \
    drill/holdfast_drill/pages.py \
    drill/holdfast_drill/plan.py \
    drill/holdfast_drill/probes.py \
    drill/holdfast_drill/process.py \
    drill/holdfast_drill/rehearsal.py \
    drill/holdfast_drill/sample.py \
    drill/holdfast_drill/scenarios.py \
    drill/holdfast_drill/standins.py \
    drill/holdfast_drill/text.py \
    drill/holdfast_drill/topology.py \
    drill/holdfast_drill/tracked.py \
    drill/holdfast_drill/twin.py \
    drill/holdfast_drill/waiting.py
sbin_SCRIPTS += drill/holdfast-drill
EXTRA_DIST += drill/holdfast-drill.in
CLEANFILES += drill/holdfast-drill

drill/holdfast-drill: drill/holdfast-drill.in Makefile
	$(AM_V_GEN)$(MKDIR_P) drill && \
	$(SED) -e 's|@pkgdatadir[@]|$(pkgdatadir)|' -e 's|@sbindir[@]|$(sbindir)|' -e 's|@bindir[@]|$(bindir)|' \
	    $(srcdir)/drill/holdfast-drill.in >$@.new && chmod +x $@.new && mv $@.new $@
