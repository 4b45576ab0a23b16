# The manual. holdfast.conf(5) is made from a frame and from the table that the parser reads by.
dist_doc_DATA += doc/status.md doc/metrics.md
pages = doc/holdfast.conf.5 doc/holdfastctl.1 doc/holdfastd.8 doc/holdfast-realserver.8
nodist_man_MANS += $(pages)
noinst_PROGRAMS += doc/make_manual
doc_make_manual_LDADD = libparser.a libbase.a $(JANSSON_LIBS) $(LIBPCRE2_LIBS)
EXTRA_DIST += doc/holdfast.conf.5.in doc/holdfastctl.1.in doc/holdfastd.8.in doc/holdfast-realserver.8.in
CLEANFILES += $(pages)

# Pages name the folders that the programs were configured with.
page_words = -e 's|@VERSION[@]|$(PACKAGE_VERSION)|' -e 's|@docdir[@]|$(docdir)|' \
    -e 's|@sysconfdir[@]|$(sysconfdir)|' -e 's|@runstatedir[@]|$(runstatedir)|'

doc/holdfastctl.1: doc/holdfastctl.1.in Makefile
doc/holdfastd.8: doc/holdfastd.8.in Makefile
doc/holdfast-realserver.8: doc/holdfast-realserver.8.in Makefile
doc/holdfastctl.1 doc/holdfastd.8 doc/holdfast-realserver.8:
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
