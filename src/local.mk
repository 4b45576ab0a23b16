# The programs; each wires modules together.
sbin_PROGRAMS += holdfastd
holdfastd_SOURCES = src/holdfastd.c src/events.c src/events.h src/inspect.c src/inspect.h src/load.c src/load.h \
    src/keep.c src/keep.h src/plan.c src/plan.h src/mark.c src/mark.h src/planned.c src/planned.h src/statefile.c src/statefile.h \
    src/once.c src/once.h src/options.c src/options.h src/place.c src/place.h src/privileges.c src/privileges.h \
    src/print.c src/print.h src/readers.c src/readers.h src/running.c src/running.h \
    src/daemon/daemon.h src/daemon/announce.c src/daemon/announced.c src/daemon/apply.c src/daemon/control.c \
    src/daemon/connections.c src/daemon/journal.c \
    src/daemon/node.c src/daemon/overrides.c src/daemon/overrides_told.c src/daemon/steer_vrrp.c \
    src/daemon/network.c src/daemon/process.c src/daemon/reload.c src/daemon/service.c \
    src/daemon/static.c \
    src/daemon/status.c \
    src/daemon/steer.c \
    src/daemon/stop.c \
    src/daemon/tracked.c \
    src/daemon/vrrp.c src/daemon/web.c
holdfastd_LDADD = $(module_libraries) $(external_libraries)
bin_PROGRAMS += holdfastctl
holdfastctl_SOURCES = src/holdfastctl.c src/ctl.h src/ctl_events.c src/ctl_explain.c src/ctl_healthy.c \
    src/ctl_look.c src/ctl_metrics.c src/ctl_screen.c src/ctl_services.c src/ctl_steer.c src/ctl_stop.c src/ctl_top.c src/plan.c src/plan.h
holdfastctl_LDADD = libcontrol.a libparser.a libbase.a $(JANSSON_LIBS) $(LIBPCRE2_LIBS)
# What `holdfast-realserver check` asks by.
pkglibexec_PROGRAMS = holdfast-arpcheck
holdfast_arpcheck_SOURCES = src/arpcheck.c
holdfast_arpcheck_LDADD = libnet.a libbase.a

# They have configure's folders in them.
src/holdfastctl.$(OBJEXT) src/options.$(OBJEXT): Makefile
