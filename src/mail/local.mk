noinst_LIBRARIES += libmail.a
libmail_a_SOURCES = \
    src/mail/mail.c src/mail/mail.h \
    src/mail/message.c src/mail/message.h \
    src/mail/queue.c src/mail/queue.h \
    src/mail/smtp.c src/mail/smtp.h
