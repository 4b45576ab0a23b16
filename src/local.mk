# The programs; each wires modules together.
sbin_PROGRAMS += holdfastd
holdfastd_SOURCES = src/holdfastd.c src/load.c src/load.h src/options.c src/options.h
holdfastd_LDADD = $(module_libraries) $(external_libraries)
bin_PROGRAMS += holdfastctl
holdfastctl_SOURCES = src/holdfastctl.c
holdfastctl_LDADD = libcontrol.a libbase.a $(JANSSON_LIBS)
dist_man_MANS += doc/holdfastctl.1 doc/holdfastd.8
dist_doc_DATA += doc/status.md

# They have configure's folders in them.
src/holdfastctl.$(OBJEXT) src/options.$(OBJEXT): Makefile
