# The programs; each is one file that wires modules together.
bin_PROGRAMS += holdfastctl
holdfastctl_SOURCES = src/holdfastctl.c
holdfastctl_LDADD = libcontrol.a libbase.a $(JANSSON_LIBS)
dist_man_MANS += doc/holdfastctl.1
EXTRA_DIST += doc/status.md
