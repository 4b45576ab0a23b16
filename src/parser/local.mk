noinst_LIBRARIES += libparser.a
libparser_a_SOURCES = \
    src/parser/conf.h \
    src/parser/diag.c src/parser/diag.h
