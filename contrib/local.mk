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
	    -e 's|@pkglibexecdir[@]|$(pkglibexecdir)|' \
	    -e 's|@SERVICE_TYPE[@]|$(service_type)|' \
	    -e 's|@SERVICE_RELOAD[@]|$(service_reload)|' \
	    $(srcdir)/contrib/systemd/holdfast.service.in | $(SED) '/^$$/N;/^\n$$/D' >$@.new && \
	mv $@.new $@

# How the unit is started again without losing its role.
pkglibexec_SCRIPTS = contrib/systemd/holdfast-stop
EXTRA_DIST += contrib/systemd/holdfast-stop.in
CLEANFILES += contrib/systemd/holdfast-stop

contrib/systemd/holdfast-stop: contrib/systemd/holdfast-stop.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|' -e 's|@bindir[@]|$(bindir)|' \
	    $(srcdir)/contrib/systemd/holdfast-stop.in >$@.new && chmod +x $@.new && mv $@.new $@

# The editor Vim: a syntax file made from the table that the parser reads by. Debian's Vim looks into
# /usr/share/vim/vimfiles.
vimsyntaxdir = $(datadir)/vim/vimfiles/syntax
vimftdetectdir = $(datadir)/vim/vimfiles/ftdetect
nodist_vimsyntax_DATA = contrib/vim/holdfast.vim
dist_vimftdetect_DATA = contrib/vim/ftdetect/holdfast.vim
noinst_PROGRAMS += contrib/vim/make_vim
contrib_vim_make_vim_LDADD = libparser.a libbase.a $(JANSSON_LIBS) $(LIBPCRE2_LIBS)
CLEANFILES += contrib/vim/holdfast.vim

contrib/vim/holdfast.vim: contrib/vim/make_vim$(EXEEXT)
	$(AM_V_GEN)contrib/vim/make_vim >$@.new && mv $@.new $@

# A real server's side of direct routing and of tunnels.
sbin_SCRIPTS = contrib/realserver/holdfast-realserver
systemdsystemunit_DATA += contrib/systemd/holdfast-realserver@.service
EXTRA_DIST += contrib/realserver/holdfast-realserver.in contrib/systemd/holdfast-realserver@.service.in
CLEANFILES += contrib/realserver/holdfast-realserver contrib/systemd/holdfast-realserver@.service

contrib/realserver/holdfast-realserver: contrib/realserver/holdfast-realserver.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/realserver && \
	$(SED) -e 's|@pkglibexecdir[@]|$(pkglibexecdir)|' \
	    $(srcdir)/contrib/realserver/holdfast-realserver.in >$@.new && chmod +x $@.new && mv $@.new $@

contrib/systemd/holdfast-realserver@.service: contrib/systemd/holdfast-realserver@.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/systemd && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|' -e 's|@sysconfdir[@]|$(sysconfdir)|' \
	    $(srcdir)/contrib/systemd/holdfast-realserver@.service.in >$@.new && mv $@.new $@

# Completion for bash and zsh, where Debian's look for it: a file for each program.
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/vendor-completions
completed_programs = holdfastctl holdfastd holdfast-drill holdfast-migrate holdfast-realserver
dist_zshcompletion_DATA = contrib/completion/_holdfastctl contrib/completion/_holdfastd \
    contrib/completion/_holdfast-drill contrib/completion/_holdfast-migrate \
    contrib/completion/_holdfast-realserver
EXTRA_DIST += contrib/completion/holdfastctl.bash contrib/completion/holdfastd.bash \
    contrib/completion/holdfast-drill.bash contrib/completion/holdfast-migrate.bash \
    contrib/completion/holdfast-realserver.bash

install-data-local: install-completion
uninstall-local: uninstall-completion
.PHONY: install-completion uninstall-completion
install-completion:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	for name in $(completed_programs); do \
	    $(INSTALL_DATA) $(srcdir)/contrib/completion/$$name.bash \
	        '$(DESTDIR)$(bashcompletiondir)'/$$name || exit 1; \
	done
uninstall-completion:
	for name in $(completed_programs); do rm -f '$(DESTDIR)$(bashcompletiondir)'/$$name; done

# Users and folders for the host, where systemd makes them.
sysusersdir = $(prefix)/lib/sysusers.d
dist_sysusers_DATA = contrib/sysusers/holdfast.conf
tmpfilesdir = $(prefix)/lib/tmpfiles.d
dist_tmpfiles_DATA = contrib/tmpfiles/holdfast.conf

# From keepalived to Holdfast.
sbin_SCRIPTS += contrib/migrate/holdfast-migrate
EXTRA_DIST += contrib/migrate/holdfast-migrate.in
CLEANFILES += contrib/migrate/holdfast-migrate

contrib/migrate/holdfast-migrate: contrib/migrate/holdfast-migrate.in Makefile
	$(AM_V_GEN)$(MKDIR_P) contrib/migrate && \
	$(SED) -e 's|@sbindir[@]|$(sbindir)|' -e 's|@sysconfdir[@]|$(sysconfdir)|' \
	    -e 's|@VERSION[@]|$(PACKAGE_VERSION)|' \
	    $(srcdir)/contrib/migrate/holdfast-migrate.in >$@.new && chmod +x $@.new && mv $@.new $@

# Recipes for others than Debian.
EXTRA_DIST += contrib/container/Containerfile contrib/rpm/holdfast.spec

# Alert rules and a dashboard on the metrics (doc/metrics.md); to be copied to where they are wanted.
prometheusdir = $(docdir)/prometheus
dist_prometheus_DATA = contrib/prometheus/holdfast.rules.yml contrib/prometheus/holdfast.test.yml
grafanadir = $(docdir)/grafana
dist_grafana_DATA = contrib/grafana/holdfast.json
