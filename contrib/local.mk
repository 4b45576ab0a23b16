# Files for the host around the daemon: the service unit.
systemdsystemunit_DATA = contrib/systemd/holdfast.service
EXTRA_DIST += contrib/systemd/holdfast.service.in
CLEANFILES += contrib/systemd/holdfast.service

if SYSTEMD_NOTIFY_RELOAD
service_type = notify-reload
service_reload =
else
service_type = notify
service_reload = ExecReload=$(bindir)/holdfastctl reload
endif

contrib/systemd/holdfast.service: contrib/systemd/holdfast.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|' \
	    -e 's|@SERVICE_TYPE[@]|$(service_type)|' \
	    -e 's|@SERVICE_RELOAD[@]|$(service_reload)|' \
	    $(srcdir)/contrib/systemd/holdfast.service.in | $(SED) '/^$$/N;/^\n$$/D' >$@.new && \
	mv $@.new $@
