" SPDX-License-Identifier: Apache-2.0
" Which files are in the language of holdfast.conf(5).
autocmd BufNewFile,BufRead holdfast.conf,holdfast.conf.sample,*/holdfast/*.conf setfiletype holdfast
autocmd BufNewFile,BufRead keepalived.conf,keepalived.conf.sample,*/keepalived/*.conf setfiletype holdfast
