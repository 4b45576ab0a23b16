noinst_LIBRARIES += libparser.a
libparser_a_SOURCES = \
    src/parser/conf.h \
    src/parser/diag.c src/parser/diag.h \
    src/parser/expand.c src/parser/expand.h \
    src/parser/lexer.c src/parser/lexer.h \
    src/parser/lookup.c src/parser/lookup.h \
    src/parser/script.c src/parser/script.h \
    src/parser/source.c src/parser/source.h \
    src/parser/source_read.c \
    src/parser/parser.h
