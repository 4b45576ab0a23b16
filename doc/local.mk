# The manual. holdfast.conf(5) is made from a frame and from the table that the parser reads by.
dist_doc_DATA += doc/status.md doc/metrics.md
pages = doc/holdfast.conf.5 doc/holdfastctl.1 doc/holdfastd.8 doc/holdfast-migrate.8 doc/holdfast-realserver.8 \
    doc/holdfast-drill.8
nodist_man_MANS += $(pages)
noinst_PROGRAMS += doc/make_manual
doc_make_manual_LDADD = libparser.a libbase.a $(JANSSON_LIBS) $(LIBPCRE2_LIBS)
EXTRA_DIST += doc/holdfast.conf.5.in doc/holdfastctl.1.in doc/holdfastd.8.in doc/holdfast-migrate.8.in \
    doc/holdfast-realserver.8.in doc/holdfast-drill.8.in
CLEANFILES += $(pages)

# Pages name the folders that the programs were configured with.
page_words = -e 's|@VERSION[@]|$(PACKAGE_VERSION)|' -e 's|@docdir[@]|$(docdir)|' \
    -e 's|@sysconfdir[@]|$(sysconfdir)|' -e 's|@runstatedir[@]|$(runstatedir)|'

doc/holdfastctl.1: doc/holdfastctl.1.in Makefile
doc/holdfastd.8: doc/holdfastd.8.in Makefile
doc/holdfast-migrate.8: doc/holdfast-migrate.8.in Makefile
doc/holdfast-realserver.8: doc/holdfast-realserver.8.in Makefile
doc/holdfast-drill.8: doc/holdfast-drill.8.in Makefile
doc/holdfastctl.1 doc/holdfastd.8 doc/holdfast-migrate.8 doc/holdfast-realserver.8 doc/holdfast-drill.8:
	$(AM_V_GEN)$(MKDIR_P) doc && $(SED) $(page_words) $(srcdir)/$@.in >$@.new && mv $@.new $@

# A line that is a name in @@ gives its place to a text; the example is a file that is tested, without
# the comment that it begins with.
doc/holdfast.conf.5: doc/holdfast.conf.5.in doc/make_manual$(EXEEXT) \
    etc/examples/database-pair.conf Makefile
	$(AM_V_GEN)doc/make_manual >$@.keywords && \
	$(SED) -e '1,/^$$/d' -e 's|\\|\\e|g' -e 's|-|\\-|g' -e 's|~|\\(ti|g' \
	    -e 's|\^|\\(ha|g' $(srcdir)/etc/examples/database-pair.conf >$@.example && \
	$(SED) $(page_words) \
	    -e '/^@EXAMPLE@/{' -e 'r $@.example' -e 'd' -e '}' \
	    -e '/^@KEYWORDS@/{' -e 'r $@.keywords' -e 'd' -e '}' \
	    $(srcdir)/doc/holdfast.conf.5.in >$@.new && \
	rm -f $@.keywords $@.example && mv $@.new $@

# The guide, as it is, and the reference, which is made from the table that the parser reads by.
dist_doc_DATA += doc/architecture.md doc/runbook.md
nodist_doc_DATA = doc/reference.md
guidedir = $(docdir)/guide
dist_guide_DATA = \
    doc/guide/README.md \
    doc/guide/10-concepts.md \
    doc/guide/20-first-pair.md \
    doc/guide/30-modes.md \
    doc/guide/40-mysql.md \
    doc/guide/45-nginx.md \
    doc/guide/50-fullnat.md \
    doc/guide/60-ipv6.md \
    doc/guide/70-cloud.md \
    doc/guide/80-fast.md \
    doc/guide/85-troubleshooting.md \
    doc/guide/90-ecmp.md doc/guide/95-migration.md
picturesdir = $(docdir)/pictures
dist_pictures_DATA = \
    doc/pictures/dr.svg \
    doc/pictures/ecmp.svg \
    doc/pictures/fullnat.svg \
    doc/pictures/nat.svg \
    doc/pictures/page-dark.png \
    doc/pictures/page-light.png \
    doc/pictures/page-phone.png \
    doc/pictures/tun.svg \
    doc/pictures/vrrp-pair.svg
noinst_PROGRAMS += doc/make_reference
doc_make_reference_LDADD = libparser.a libbase.a $(JANSSON_LIBS) $(LIBPCRE2_LIBS)
CLEANFILES += doc/reference.md

doc/reference.md: doc/make_reference$(EXEEXT)
	$(AM_V_GEN)doc/make_reference >$@.new && mv $@.new $@
