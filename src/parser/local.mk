noinst_LIBRARIES += libparser.a
libparser_a_SOURCES =
