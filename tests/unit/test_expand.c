/* SPDX-License-Identifier: Apache-2.0
 *
 * Includes, conditions, definitions and sequences: what is left of them for the lexer, and what is
 * said about them. Rows hold several files, as unit_files.h tells.
 */
#include "unit_files.h"
#include "unit_parser.h"

#include "base/arena.h"
#include "parser/lexer.h"

/* ---- Tokens ---------------------------------------------------------------------------------- */

struct row {
    const char *text;
    const char *tokens; /* words in brackets where they have blanks, lines end with ';' */
    size_t errors;
    size_t warnings;
};

static void append_token(struct text_buffer *out, const struct lexer_token *token)
{
    if (token->kind == LEXER_WORD) {
        bool plain = *token->text && !strpbrk(token->text, " {};[]");

        text_appendf(out, plain ? "%s%s%s" : "%s[%s]%s",
                     out->length && out->data[out->length - 1] != ';' ? " " : "", token->text,
                     token->bad ? "(bad)" : "");
    } else if (token->kind == LEXER_OPEN) {
        text_append(out, "{");
    } else if (token->kind == LEXER_CLOSE) {
        text_append(out, "}");
    } else if (out->length && out->data[out->length - 1] != ';') {
        text_append(out, ";");
    }
}

static void check_row(const struct row *row)
{
    struct parser_options options = {.world = unit_files_world(row->text), .expansion_limit = 1000};
    struct text_buffer tokens = {0};
    struct text_buffer shown = {0};
    struct diag_list *list = diag_new();
    struct arena *arena = arena_new();
    struct source *source = source_new(arena, &options.world, list);
    struct expand *expand = expand_new(source, UNIT_FILES_FIRST, "lb1", &options);
    struct lexer *lexer = lexer_new(expand, source);
    struct lexer_token token;

    text_append(&tokens, "");
    do {
        lexer_next(lexer, &token);
        append_token(&tokens, &token);
    } while (token.kind != LEXER_END);
    text_append(&shown, "");
    diag_write_all(list, &shown);
    assert_fact(strcmp(tokens.data, row->tokens) == 0, "%s\ngives  %s\nshould %s\n%s", row->text,
                tokens.data, row->tokens, shown.data);
    assert_fact(diag_count(list, DIAG_ERROR) == row->errors &&
                    diag_count(list, DIAG_WARNING) == row->warnings,
                "%s\n%zu errors, %zu warnings:\n%s", row->text, diag_count(list, DIAG_ERROR),
                diag_count(list, DIAG_WARNING), shown.data);
    lexer_free(lexer);
    expand_free(expand);
    source_free(source);
    arena_free(arena);
    diag_free(list);
    text_release(&tokens);
    text_release(&shown);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_row(&rows[i]);
    }
}

/* ---- Tests ----------------------------------------------------------------------------------- */

/* S34 to S37 */
static void test_conditions_choose_lines(void **state)
{
    static const struct row rows[] = {
        {"@lb1 a\n@lb2 b\n@^lb1 c\n@^lb2 d", "a;d;", 0, 0},
        {"  @lb1 @^lb2 a", "a;", 0, 0},
        {"@lb1\n@lb2\n@\n@^\n@lb1 ", "", 0, 0},
        {"@lb10 a\n@lb b\n@LB1 c", "", 0, 0},
        {"@lb2 $A=1\n@lb1 $A=2\nx ${A}", "x 2;", 0, 0},
        {"@lb2 $A= \\\n k \\\n l\nm", "m;", 0, 0},
        {"@lb1 ~SEQ(I,1,2) x$I\n~SEQ(I,1,2) @lb1 y${I}\n", "x1;x2;y1;y2;", 0, 0},
        {"b { @lb1 x\n @lb2 y\n}", "b{;x;};", 0, 0},
        {"b {@lb1 x }", "b{;x};", 0, 0},
        {"a @lb1 b", "a @lb1 b;", 0, 0},
        {"$ON=@lb1\n$OFF=@lb2\n$ON a\n${OFF} b\n$ON $OFF c\n", "a;", 0, 0},
        {"$M= \\\n @lb1 a \\\n @lb2 b \\\n c\n$M", "a;c;", 0, 0},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

/* S38 to S47 */
static void test_definitions_are_replaced(void **state)
{
    static const struct row rows[] = {
        {"$A=x\na $A b", "a x b;", 0, 0},
        {"  $A_1= x y \na ${A_1}z", "a x yz;", 0, 0},
        {"$A=\na ${A}b", "a b;", 0, 0},
        {"$A=1\n$A=2\na $A", "a 2;", 0, 0},
        {"$B=x${A}\n$A=1\na $B\n$A=2\nb $B", "a x1;b x2;", 0, 0},
        {"$A=1\na $A, $A) ${A}/24", "a 1, 1) 1/24;", 0, 0},
        {"$A=1\na $A/24 $Ab", "a $A/24 $Ab;", 0, 2},
        {"$A=1\na \"x ${A} y\" 'z${A}' \"$A\"", "a [x 1 y] 'z1' $A;", 0, 0},
        {"$A=b \"c d\" e\na $A", "a b [c d] e;", 0, 0},
        {"$A=1 # a comment\n$B=\"# none\"\na ${A} ${B} # ${C}", "a 1 [# none];", 0, 0},
        {"$A={ x }\nb $A c", "b{ x} c;", 0, 0},
        {"b {$A=1\nx $A\n}", "b{;x 1;};", 0, 0},
        {"$A=1\r\na $A\r\n", "a 1;", 0, 0},
        {"$A =1\na", "a;", 1, 0},
        {"$1=x\n$=x", "$1=x;$=x;", 0, 0},
        {"a ${B}c {", "a Bc(bad){;", 1, 0},
        {"a \"${B}\" '$B' $$ $", "a [${B}] '$B' $$ $;", 0, 0},
        {"a $B", "a $B;", 0, 1},
        {"$ABC=1\na \"${ABD}\"", "a [${ABD}];", 0, 1},
        {"$A=x${A}\na ${A}b", "a xAb(bad);", 1, 0},
        {"$A=$B\n$B=$A\na ${A}", "a A(bad);", 1, 0},
        {"$A=$A\n$A", "A(bad);", 1, 0},
        {"$A=~SEQ(I,1,3) x${I}\n$A", "x1;x2;x3;", 0, 0},
        {"$A=include b\n$A\n--- b\ny", "y;", 0, 0},
        {"$N=2\n$S=~SEQ(I,1,$N) x${I} y\n$S z", "x1 y z;x2 y z;", 0, 0},
        {"$N=b\n$A=include ${N}\nx { $A }\n--- b\ny", "x{;y;};", 0, 0},
        {"$N=b\nx ${N}y ${N}z\n~SEQ(I,2,$N) x", "x by bz;", 1, 0},
        {"$A=$B=3\n$A\nx ${B}", "x 3;", 0, 0},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

/* S40, S41, S43 */
static void test_definitions_of_several_lines_stay_lines(void **state)
{
    static const struct row rows[] = {
        {"$M= \\\n k1 a \\\n k2 b\n$M\nx", "k1 a;k2 b;x;", 0, 0},
        {"$M=k1 a \\\n k2 b\nx ${M}", "x k1 a;k2 b;", 0, 0},
        {"$M= \\\n k1 ${A} \\\n \\\n k2\n$A=1\n$M\n$A=2\n$M", "k1 1;k2;k1 2;k2;", 0, 0},
        {"$M=a \\\n b \\\n\nc\n$M", "c;a;b;", 0, 0},
        {"$M=a \\\n b # c \\\nd\n$M", "d;a;b;", 0, 1},
        {"$M=a \\\n b\nx { $M }\ny", "x{;a;b;};y;", 0, 0},
        {"$M=a \\\n b\n$M # c\n$M c\nd ${M} e", "a;b;a;b;c;d a;b;e;", 0, 0},
        {"$M=a \\\n b\n$N= \\\n x $M \\\n y\n$N", "x a;b;y;", 0, 0},
        {"$M=a \\\n b\n$N=$M\n$N\nz $N", "a;b;z M(bad);", 1, 0},
        {"$M=a \\\n b\n\"x $M \"", "[x M ](bad);", 1, 0},
        {"$N=c \\\n d\n$M=a $N \\\n b\nx $M y", "x a c;d;b;y;", 0, 0},
        {"$M=a \\\n $M\n$M", "a;", 1, 0},
        {"$M=a \\\n x $N\n$N=b \\\n y $M z\n$M", "a;x b;y;z;", 1, 0},
        {"$M=a \\\n b", "", 0, 0},
        {"$M=\\", "", 0, 0},
        {"~SEQ(I,1,2) $M=${I} \\\n a\n$M", "a;2;", 2, 0},
        {"b { $M=x \\\n y\n$M }", "b{;x;y;};", 0, 0},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

/* S48 to S50 */
static void test_names_are_predefined(void **state)
{
    static const struct row rows[] = {
        {"a ${_INSTANCE} ${_PWD} ${_ENV HOME}/x \"${_ENV  NONE }\"", "a lb1 /srv /root/x [];", 0,
         0},
        {"a $_INSTANCE b", "a lb1 b;", 0, 0},
        {"a ${_RANDOM} ${_RANDOM 5} ${_RANDOM 7 9} ${_RANDOM -3 -1}", "a 16961 17116 9 -1;", 0, 0},
        {"a ${_RANDOM 9 7}", "a 0;", 1, 0},
        {"a${_HASH}b ${_BANG}c \"${_HASH} ${_BANG}\" ${_HASH}", "a#b !c [# !] #;", 0, 0},
        {"include /etc/x/b\n--- /etc/x/b\ny ${_PWD}", "y /etc/x;", 0, 0},
        {"include c/b\n--- c/b\ny ${_PWD}", "y /srv/c;", 0, 0},
        {"$_PWD=x\na ${_PWD}", "a x;", 0, 0},
        {"a ${_PWD 1} b", "a _PWD(bad) b;", 1, 0},
        {"$A=1\na ${A 1}", "a A(bad);", 1, 0},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

/* S51 to S56 */
static void test_sequences_repeat_lines(void **state)
{
    static const struct row rows[] = {
        {"~SEQ(I,1,3) x${I}", "x1;x2;x3;", 0, 0},
        {"~SEQ( I , 3 , 1 ) x${I}", "x3;x2;x1;", 0, 0},
        {"~SEQ(I,3)x${I}", "x1;x2;x3;", 0, 0},
        {"~SEQ(I,-2) x${I}", "x-1;x-2;", 0, 0},
        {"~SEQ(I,6,-2,1) x${I}", "x6;x4;x2;", 0, 0},
        {"~SEQ(I,0x10,010,32) x${I}", "x16;x24;x32;", 0, 0},
        {"~SEQ(I,5,5) x${I}", "x5;", 0, 0},
        {"~SEQx(I,0x90,0x10,0xc0) x${I}", "x90;xa0;xb0;xc0;", 0, 0},
        {"$N=2\n~SEQ(I,1,$N) x${I}\n~SEQ(I,${N},3) y${I}", "x1;x2;y2;y3;", 0, 0},
        {"~SEQ(I,1,2) ~SEQ(J,1,2) x${I}${J}", "x11;x12;x21;x22;", 0, 0},
        {"~SEQ(I,1,2) ~SEQ(J,$I,2) x${I}${J}", "x11;x12;x22;", 0, 0},
        {"~LST(V,a, b ,c) x${V}", "xa;xb;xc;", 0, 0},
        {"~LST({a,b},{1,2},{3},{5,6}) x${a}y${b}", "x1y2;x3y;x5y6;", 0, 0},
        {"~SEQ(A,1,2) ~LST(B,x,y) z${A}${B}", "z1x;z1y;z2x;z2y;", 0, 0},
        {"$M= \\\n a${I} \\\n b\n~SEQ(I,1,2) p $M", "p a1;b;p a2;b;", 0, 0},
        {"b { ~SEQ(I,1,2) x${I}\n}", "b{;x1;x2;};", 0, 0},
        {"~SEQ(I,1,2) b${I} { @lb1 x }", "b1{;x};b2{;x};", 0, 0},
        {"~SEQ(I,1,2) $P=${I}\nx ${P}", "x 2;", 0, 0},
        {"~SEQ(I,1,2) include f${I}\n--- f1\na\n--- f2\nb", "a;b;", 0, 0},
        {"a ~SEQ(I,1)\n~SEW(I,1) b", "a ~SEQ(I,1);~SEW(I,1) b;", 0, 0},
        {"~SEQ(I,1,2)\n~LST(I,1) # x", "", 0, 2},
        {"~SEQ(I,1,0,2) x", "", 1, 0},
        {"~SEQ(I,1,-1,2) x\n~SEQ(I,2,1,1) x", "", 2, 0},
        {"~SEQ(I) x\n~SEQ(I,1,2,3,4) x\n~SEQ(I,1x) x\n~SEQ(1,2) x\n~SEQ(,2) x", "", 5, 0},
        {"~SEQx(I,-1) x\n~SEQ(I,1 x\n~LST(I) x\n~LST({a,b,{1,2}) x", "", 4, 0},
        {"~LST({a},{1,2}) x\n~LST(a,1}) x\n~SEQ(I,99999999999999999999) x", "", 3, 0},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

/* S57 to S63 */
static void test_includes_are_read_in_their_place(void **state)
{
    static const struct row rows[] = {
        {"a\ninclude b.conf\nc\n--- b.conf\nx\ny\n", "a;x;y;c;", 0, 0},
        {"include b.conf # c\ninclude \"d e\"\n--- b.conf\nx\n--- d e\ny", "x;y;", 0, 0},
        {"include s/b\nz\n--- s/b\ninclude c\n--- s/c\ninclude ../d\n--- s/../d\ny", "y;z;", 0, 0},
        {"include s/*.conf\n--- s/1.conf\na\n--- s/2.conf\nb\n--- s/3.txt\nc", "a;b;", 0, 0},
        {"include {b,a}\n--- a\nx\n--- b\ny", "y;x;", 0, 0},
        {"include {a,{b,c}d}\n--- a\nx\n--- bd\ny\n--- cd\nz", "x;y;z;", 0, 0},
        {"b { include a\n}\n--- a\nx", "b{;x;};", 0, 0},
        {"b { include a }\nc\n--- a\nx", "b{;x;};c;", 0, 0},
        {"$F=a\ninclude ${F}\n@lb1 include b\n@lb2 include c\n--- a\nx\n--- b\ny", "x;y;", 0, 0},
        {"include a\n--- a\n\xef\xbb\xbfx", "x;", 0, 0},
        {"include a\ninclude a\n--- a\nx", "x;x;", 0, 0},
        {"included a", "included a;", 0, 0},
        {"include\ninclude   # x\nx", "x;", 2, 0},
        {"include a\nx", "x;", 1, 0},
        {"include a\nx\n--- a/\n", "x;", 1, 0},
        {"include a\nx\n--- +x a\ny\n", "x;", 0, 1},
        {"includer a\nx\n--- +x a\ny\n", "x;", 1, 0},
        {"include *.c\nx", "x;", 0, 0},
        {"include *.c\nx\n--- a.c/\n--- b.c\ny\n--- +x c.c\nz", "y;x;", 0, 2},
        {"include {a,b}\nx\n--- b\ny", "y;x;", 0, 1},
        {"include a\nx\n--- a\ny\ninclude t.conf", "y;x;", 1, 0},
        {"include a\nx\n--- a\ny\ninclude b\n--- b\ninclude ./a\nz", "y;z;x;", 1, 0},
        {"include s/a\n--- s/a\ny\ninclude s/a\n--- s/s/a\nz", "y;z;", 0, 0},
    };

    (void)state;
    check_rows(rows, UNIT_COUNT(rows));
}

/* S59: letters behind include make an error of what is else a doubt. */
static void test_includes_can_be_strict(void **state)
{
    static const char files[] = "\n--- a.c/\n--- b.c\ny";
    static const char *const variants[] = {"include",  "includer", "includem",
                                           "includew", "includeb", "includea"};
    static const char *const patterns[] = {"*.c", "*.none", "{b.c,none}"};
    static const size_t errors[6][3] = {{0, 0, 0}, {1, 0, 0}, {1, 0, 1},
                                        {1, 1, 1}, {1, 0, 1}, {1, 1, 1}};

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(variants); i++) {
        for (size_t j = 0; j < UNIT_COUNT(patterns); j++) {
            struct text_buffer text = {0};

            text_appendf(&text, "%s %s%s", variants[i], patterns[j], files);
            check_row(&(struct row){text.data, j == 1 ? "" : "y;", errors[i][j],
                                    j == 1 ? 0 : 1 - errors[i][j]});
            text_release(&text);
        }
    }
}

static void test_a_first_name_may_be_a_pattern(void **state)
{
    static const char text[] = "\n--- a.c\nvrrp_version x\n--- b.c\ny";
    struct parser_options options = {.config_id = "lb1", .world = unit_files_world(text)};
    struct diag_list *list;
    struct text_buffer shown = {0};

    (void)state;
    assert_null(parser_load("[ab].c", &options, &list));
    diag_write_all(list, &shown);
    assert_non_null(strstr(shown.data, "[ab].c: warning: it matches several files, which are read "
                                       "one after the other\n"));
    assert_non_null(strstr(shown.data, "a.c:1:1: error: unknown keyword \"vrrp_version\""));
    assert_non_null(strstr(shown.data, "b.c:1:1: error: unknown keyword \"y\""));
    text_release(&shown);
    diag_free(list);
    assert_null(parser_load("[x].c", &options, &list));
    diag_write_all(list, &shown);
    assert_string_equal(shown.data,
                        "[x].c: error: \"[x].c\" cannot be read: there is no such file\n");
    text_release(&shown);
    diag_free(list);
}

/* Limits: 1,000 bytes and lines here. */
static void test_expansion_is_bounded(void **state)
{
    static const char *const texts[] = {
        "~SEQ(I,1000000000) x",
        "~SEQ(I,100) ~SEQ(J,100) x",
        "$A=aaaaaaaaaa\n$B=$A $A $A $A $A $A $A $A\n$C=$B $B $B $B $B $B $B\n$D=$C $C $C\nx $D\ny",
        "$M=a \\\n b $M",
        "$M=a \\\n b\n$N= \\\n $M \\\n $M\n~SEQ(I,1000) $N",
        "$M= \\\n $M \\\n x\n$M",
        "$M=x $M \\\n y\nz $M",
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
        struct parser_options options = {
            .config_id = "lb1", .world = unit_files_world(texts[i]), .expansion_limit = 1000};
        struct diag_list *list;
        struct conf *conf = parser_load(UNIT_FILES_FIRST, &options, &list);

        assert_fact(conf == NULL || i == 3, "%s is used", texts[i]);
        conf_free(conf);
        diag_free(list);
    }
}

static void test_includes_nest_only_so_deep(void **state)
{
    struct text_buffer text = {0};

    (void)state;
    text_append(&text, "include 1");
    for (int i = 1; i < 100; i++) {
        text_appendf(&text, "\n--- %d\nx%d\ninclude %d", i, i, i + 1);
    }
    {
        struct parser_options options = {.config_id = "lb1", .world = unit_files_world(text.data)};
        struct diag_list *list;
        struct text_buffer shown = {0};

        assert_null(parser_load(UNIT_FILES_FIRST, &options, &list));
        diag_write_all(list, &shown);
        assert_non_null(strstr(shown.data, "includes are more than 64 deep in each other here"));
        assert_null(strstr(shown.data, "x64"));
        assert_non_null(strstr(shown.data, "x63"));
        text_release(&shown);
        diag_free(list);
    }
    text_release(&text);
}

/* What people see: the place that they wrote, and where the text came from. */
static void test_messages_say_where_a_text_came_from(void **state)
{
    static const struct unit_message_row rows[] = {
        {"$P=9\n"
         "global_defs {\n"
         " vrrp_version $P\n"
         "}\n",
         "t.conf:3:15: error: vrrp_version 9 is outside 2..3\n"
         "     vrrp_version $P\n"
         "                  ^~\n"
         "t.conf:1:4: note: $P is \"9\" here\n"
         "    $P=9\n"
         "       ^\n"},
        {"$P=9\n"
         "$Q=${P}\n"
         "global_defs { vrrp_version ${Q}1 }\n",
         "t.conf:3:28: error: vrrp_version 91 is outside 2..3\n"
         "    global_defs { vrrp_version ${Q}1 }\n"
         "                               ^~~~~\n"
         "t.conf:1:4: note: $P is \"9\" here\n"
         "    $P=9\n"
         "       ^\n"
         "t.conf:2:4: note: $Q is \"${P}\" here\n"
         "    $Q=${P}\n"
         "       ^~~~\n"},
        {"global_defs {\n"
         " ~SEQ(I,3,4) vrrp_version ${I}\n"
         "}\n",
         "t.conf:2:14: warning: vrrp_version is given twice in global_defs; the last one counts, "
         "remove the other\n"
         "     ~SEQ(I,3,4) vrrp_version ${I}\n"
         "                 ^~~~~~~~~~~~\n"
         "t.conf:2:2: note: in the pass of this sequence with I = 4\n"
         "     ~SEQ(I,3,4) vrrp_version ${I}\n"
         "     ^~~~~~~~~~~\n"
         "t.conf:2:14: note: the first is here\n"
         "     ~SEQ(I,3,4) vrrp_version ${I}\n"
         "                 ^~~~~~~~~~~~\n"
         "t.conf:2:27: error: vrrp_version 4 is outside 2..3\n"
         "     ~SEQ(I,3,4) vrrp_version ${I}\n"
         "                              ^~~~\n"
         "t.conf:2:2: note: $I is \"4\" here\n"
         "     ~SEQ(I,3,4) vrrp_version ${I}\n"
         "     ^~~~~~~~~~~\n"
         "t.conf:2:2: note: in the pass of this sequence with I = 4\n"
         "     ~SEQ(I,3,4) vrrp_version ${I}\n"
         "     ^~~~~~~~~~~\n"},
        {"$M=global_defs { \\\n"
         "  vrrp_version 9 \\\n"
         " }\n"
         "$M\n",
         "t.conf:2:16: error: vrrp_version 9 is outside 2..3\n"
         "      vrrp_version 9 \\\n"
         "                   ^\n"
         "t.conf:4:1: note: $M is used here\n"
         "    $M\n"
         "    ^~\n"},
        {"include a\n"
         "--- a\n"
         "\n"
         "include b\n"
         "--- b\n"
         "foo { }\n",
         "b:1:1: error: unknown keyword \"foo\" outside of all blocks\n"
         "    foo { }\n"
         "    ^~~\n"
         "a:2:9: note: included from here\n"
         "    include b\n"
         "            ^\n"
         "t.conf:1:9: note: included from here\n"
         "    include a\n"
         "            ^\n"},
        {"include a\n"
         "--- a\n"
         "include t.conf\n",
         "a:1:9: error: \"t.conf\" would be included by itself without end; remove this line, or one "
         "of those that lead here\n"
         "    include t.conf\n"
         "            ^~~~~~\n"
         "t.conf:1:9: note: included from here\n"
         "    include a\n"
         "            ^\n"},
        {"include a\n"
         "--- a/\n",
         "t.conf:1:9: error: \"a\" cannot be read: it is a directory; name a file in it\n"
         "    include a\n"
         "            ^\n"},
        {"vrrp_instance VI_1 { interface ${IF}\n"
         "}\n",
         "t.conf:1:1: error: vrrp_instance VI_1 has no virtual_router_id; add: virtual_router_id "
         "1..255\n"
         "    vrrp_instance VI_1 { interface ${IF}\n"
         "    ^~~~~~~~~~~~~\n"
         "t.conf:1:32: error: there is no definition of IF up to here; add a line above: $IF=TEXT\n"
         "    vrrp_instance VI_1 { interface ${IF}\n"
         "                                   ^~~~~\n"},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct parser_options options = {.config_id = "lb1",
                                         .world = unit_files_world(rows[i].text)};
        struct diag_list *list;
        struct conf *conf = parser_load(UNIT_FILES_FIRST, &options, &list);
        struct text_buffer shown = {0};

        text_append(&shown, "");
        diag_write_all(list, &shown);
        assert_null(conf);
        assert_fact(strcmp(shown.data, rows[i].shown) == 0, "%s\nshows:\n%s\nshould show:\n%s",
                    rows[i].text, shown.data, rows[i].shown);
        text_release(&shown);
        diag_free(list);
    }
}

/* S60 */
static void test_include_check_counts_for_what_follows(void **state)
{
    static const struct {
        const char *text;
        size_t errors;
    } rows[] = {
        {"include *.x\nglobal_defs { include_check\n include *.x\n}\ninclude *.y", 2},
        {"global_defs { include_check +match\n}\ninclude *.x", 0},
        {"global_defs { include_check wildcard_match\n}\ninclude *.x", 1},
        {"global_defs { include_check\n include_check -wildcard_match }\ninclude *.x", 0},
        {"global_defs { include_check read +wildcard_match }\ninclude *.x", 1},
        {"global_defs { include_check read match\n}", 1},
        {"global_defs { include_check reed\n}", 1},
        {"include a\ninclude *.x\n--- a\nglobal_defs { include_check }\ninclude *.x\n", 1},
        {"global_defs { include_check }\ninclude a\n--- a\ninclude *.x\n", 1},
    };

    (void)state;
    for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
        struct parser_options options = {.config_id = "lb1",
                                         .world = unit_files_world(rows[i].text)};
        struct diag_list *list;
        struct conf *conf = parser_load(UNIT_FILES_FIRST, &options, &list);
        struct text_buffer shown = {0};

        diag_write_all(list, &shown);
        assert_fact(diag_count(list, DIAG_ERROR) == rows[i].errors, "%s\n%s", rows[i].text,
                    shown.data);
        text_release(&shown);
        conf_free(conf);
        diag_free(list);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions_choose_lines),
        cmocka_unit_test(test_definitions_are_replaced),
        cmocka_unit_test(test_definitions_of_several_lines_stay_lines),
        cmocka_unit_test(test_names_are_predefined),
        cmocka_unit_test(test_sequences_repeat_lines),
        cmocka_unit_test(test_includes_are_read_in_their_place),
        cmocka_unit_test(test_includes_can_be_strict),
        cmocka_unit_test(test_a_first_name_may_be_a_pattern),
        cmocka_unit_test(test_expansion_is_bounded),
        cmocka_unit_test(test_includes_nest_only_so_deep),
        cmocka_unit_test(test_messages_say_where_a_text_came_from),
        cmocka_unit_test(test_include_check_counts_for_what_follows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
