# Configurations to begin with. They are installed as documentation: what is in /etc is its owner's.
dist_doc_DATA += etc/holdfast.conf.sample
examplesdir = $(docdir)/examples
dist_examples_DATA = \
    etc/examples/database-checked.conf \
    etc/examples/database-pair.conf \
    etc/examples/dual-stack-unicast.conf \
    etc/examples/ecmp-director.conf \
    etc/examples/fullnat.conf \
    etc/examples/gateway-bfd.conf \
    etc/examples/gateway-sync-group.conf \
    etc/examples/local-checks.conf \
    etc/examples/mail-and-dns.conf \
    etc/examples/tunnel-and-mark.conf \
    etc/examples/virtual-mac.conf \
    etc/examples/web-https.conf \
    etc/examples/service-group.conf \
    etc/examples/web-pair.conf
