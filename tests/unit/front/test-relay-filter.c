/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "base/cleanup.h"
#include "front/relay-filter.h"

#define E "\033"
#define SAME NULL /* passes as it is */
#define ST E "\\"

static const struct Row {
        const char *path, *in, *out;
} rows[] = {
        { "/relay/text", "hello\r\n\ttab\b\a", SAME },
        { "/relay/utf8", "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80", SAME },
        { "/relay/nul", "a\005b\021c\177d", "abcd" },
        { "/relay/c1-utf8", "a\xc2\x9b[2Jb\xc2\x85", "a[2Jb" },
        { "/relay/c1-byte",
          "a\x9b"
          "2Jb\x9d"
          "52;c;QQ==\x9c",
          "a2Jb52;c;QQ==" },
        { "/relay/overlong",
          "a\xc0\x9b"
          "b\xe0\x82\x9b"
          "c",
          "abc" },
        { "/relay/cut-character",
          "a\xe2\x82"
          "b",
          "ab" },
        { "/relay/character-then-escape", "\xe2" E "[2J", E "[2J" },
        { "/relay/surrogate",
          "a\xed\xa0\x80"
          "b",
          "ab" },

        { "/relay/sgr", E "[1;38;2;1;2;3;4:3m" E "[m", SAME },
        { "/relay/cursor", E "[10;20H" E "[A" E "[3D" E "[K" E "[2J" E "7" E "8" E "M", SAME },
        { "/relay/alt-screen", E "[?1049h" E "[?1049l", SAME },
        { "/relay/modes-mixed", E "[?25;3;1001;2004h", E "[?25h" E "[?2004h" },
        { "/relay/mode-unknown", E "[?77h" E "[?h", "" },
        { "/relay/keyboard-lock", E "[2h" E "[4h", E "[4h" },
        { "/relay/mouse", E "[?1000h" E "[?1006h", SAME },
        { "/relay/charset", E "(0" E "(B" E ")0\016\017", SAME },
        { "/relay/other-encoding", "a" E "%@b" E " Gc", "abc" },
        { "/relay/decid", E "Z", "" },
        { "/relay/reset", E "c" E "[!p", SAME },
        { "/relay/cursor-style", E "[5 q", SAME },
        { "/relay/kitty-keys", E "[>1u" E "[<u" E "[=1;1u" E "[?u", SAME },
        { "/relay/modify-keys", E "[>4;2m" E "[>4m", SAME },
        { "/relay/questions", E "[c" E "[>c" E "[6n" E "[>q" E "[?2026$p" E "[?u" E "[18t", SAME },
        { "/relay/title-report", E "[21t" E "[20t", "" },
        { "/relay/window", E "[8;1;1t" E "[2t" E "[3;0;0t", "" },
        { "/relay/print", E "[5i" E "[?5i" E "[4i", "" },
        { "/relay/checksum", E "[1;1;1;1;9;9*y", "" },
        { "/relay/conformance", E "[62\"p", "" },
        { "/relay/large-count", E "[999999b" E "[99999b", E "[99999b" },
        { "/relay/odd-parameters", E "[1<m" E "[?1?h" E "[<1;2M", "" },
        { "/relay/csi-control", E "[1\n2H", "\n" E "[12H" },
        { "/relay/csi-cancel", E "[2\030J", "J" },
        { "/relay/csi-escape", E "[2" E "[m", E "[m" },

        { "/relay/title", E "]2;vim\a", E "[22;0t" E "]2;vim" ST },
        { "/relay/title-twice", E "]0;a" ST E "]0;b" ST, E "[22;0t" E "]0;a" ST E "]0;b" ST },
        { "/relay/title-control",
          E "]2;a\001\xc2\x9b"
            "b\a",
          E "[22;0t" E "]2;a\\x01\\u{9b}b" ST },
        { "/relay/title-bidi", E "]2;\xe2\x80\xae\a", E "[22;0t" E "]2;\\u{202e}" ST },
        { "/relay/clipboard", "a" E "]52;c;QUJD\ab" E "]52;c;?" ST, "ab" },
        { "/relay/link", E "]8;id=1;https://example.org/a%20b" ST "text" E "]8;;" ST, SAME },
        { "/relay/link-file", E "]8;;file:///etc/passwd" ST "text" E "]8;;" ST, "text" E "]8;;" ST },
        { "/relay/link-scheme", E "]8;;ssh://-oProxyCommand=x" ST "t", "t" },
        { "/relay/link-control", E "]8;;https://a\nb" ST "t", "t" },
        { "/relay/notify", E "]9;hello\a" E "]777;notify;a;b\a" E "]99;;x" ST, "" },
        { "/relay/progress", E "]9;4;1;50" ST, SAME },
        { "/relay/iterm", E "]1337;File=inline=1:QUJD\a", "" },
        { "/relay/directory", E "]7;file://h/tmp\a", "" },
        { "/relay/colours", E "]11;?" ST E "]4;1;#ff0000" ST E "]104" ST E "]110" ST, SAME },
        { "/relay/reset-prefix", E "]1045" ST E "]1105;x" ST E "]104;1;2" ST, E "]104;1;2" ST },
        { "/relay/colour-odd", E "]11;a b" ST, "" },
        { "/relay/pointer", E "]22;text" ST, SAME },
        { "/relay/font", E "]50;?\a", "" },

        { "/relay/tmux", E "Ptmux;" E E "]52;c;QQ==\a" ST "x", "x" },
        { "/relay/sixel", E "Pq#0;2;0;0;0~~" ST "x", "x" },
        { "/relay/capability", E "P+q544e" ST, SAME },
        { "/relay/setting", E "P$qm" ST E "P$q q" ST, SAME },
        { "/relay/setting-odd", E "P$qm;\nid\n" ST, "" },
        { "/relay/kitty-file", E "_Gt=f,a=T;L2V0Yy9wYXNzd2Q=" ST "x", "x" },
        { "/relay/pm-sos", E "^a" ST E "Xb" ST "x", "x" },
        { "/relay/string-cancel", E "]52;c;QQ\030x", "x" },
        { "/relay/string-escape", E "]0;a" E "[2Jx", E "[2Jx" },
        { "/relay/string-open", E "]0;abc", "" },
};

static char *run(const char *in, gsize step, gboolean utf8, gboolean finish)
{
        CLEANUP(relay_filter_freep) RelayFilter *filter = relay_filter_new(utf8);
        CLEANUP(buffer_clear) Buffer out = BUFFER_INIT, replies = BUFFER_INIT;
        gsize n = strlen(in);

        for (gsize i = 0; i < n; i += step)
                relay_filter_push(filter, in + i, MIN(step, n - i), &out, &replies);
        if (finish) {
                buffer_add_text(&out, "|");
                relay_filter_finish(filter, &out);
        }
        return g_strdup(buffer_text(&out));
}

/* Whole, and byte by byte. */
static void test_row(const void *data)
{
        const struct Row *row = data;
        const char *want = row->out == SAME ? row->in : row->out;
        g_autofree char *whole = run(row->in, strlen(row->in), TRUE, FALSE), *parted = run(row->in, 1, TRUE, FALSE);

        g_assert_cmpstr(whole, ==, want);
        g_assert_cmpstr(parted, ==, want);
}

static const struct FinishRow {
        const char *path, *in, *back;
} finish_rows[] = {
        { "/relay/finish/nothing", "hello", "" },
        { "/relay/finish/tidy", E "[?1049h" E "[1m" E "[m" E "[?1049l", "" },
        { "/relay/finish/alt-screen", E "[?1049h" E "[?25l" E "[31m", E "[?25h" E "[?1049l" E "[0m" },
        { "/relay/finish/mouse", E "[?1000;1006h", E "[?1000l" E "[?1006l" },
        { "/relay/finish/title", E "]0;a\a", E "[23;0t" },
        { "/relay/finish/kitty", E "[>1u" E "[>1u" E "[<u", E "[<1u" },
        { "/relay/finish/link", E "]8;;https://a" ST, E "]8;;" ST },
        { "/relay/finish/charset", E "(0", E "(B\017" },
        { "/relay/finish/half", E "]0;abc", "" },
        { "/relay/finish/colours", E "]10;red" ST E "]4;1;red" ST, E "]104" ST E "]110" ST },
};

static void test_finish(const void *data)
{
        const struct FinishRow *row = data;
        g_autofree char *all = run(row->in, 3, TRUE, TRUE);

        g_assert_cmpstr(strrchr(all, '|') + 1, ==, row->back);
}

static void test_latin1(void)
{
        g_autofree char *text = run("\xe4\x9b[2J\xa0", 1, FALSE, FALSE),
                        *title = run(E "]0;\xe2\x9b\x9b\a", 1, FALSE, FALSE);

        g_assert_cmpstr(text, ==, "\xe4[2J\xa0");
        g_assert_cmpstr(title, ==, "");
}

/* Our own ping's answer can't be had by the app: it gets one from the relay. */
static void test_ping(void)
{
        CLEANUP(relay_filter_freep) RelayFilter *filter = relay_filter_new(true);
        CLEANUP(buffer_clear) Buffer out = BUFFER_INIT, replies = BUFFER_INIT;

        relay_filter_push(filter, E "[5n", 4, &out, &replies);
        g_assert_cmpstr(buffer_text(&out), ==, "");
        g_assert_cmpstr(buffer_text(&replies), ==, E "[0n");
        g_assert_false(relay_filter_asked(filter));
        relay_filter_push(filter, E "[c", 3, &out, &replies);
        g_assert_true(relay_filter_asked(filter));
}

static void test_long(void)
{
        g_autofree char *text = g_strnfill(5000, 'x'), *osc = g_strdup_printf(E "]0;%s\aend", text),
                        *csi = g_strdup_printf(E "[%smend",
                                               "1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1;1");
        g_autofree char *one = run(osc, 64, TRUE, FALSE), *two = run(csi, 64, TRUE, FALSE), *cut = NULL;

        g_assert_cmpstr(one, ==, "end");
        g_assert_cmpstr(two, ==, "end");
        memcpy(text + 300, "\a", 2);
        g_free(osc);
        osc = g_strdup_printf(E "]0;%s", text);
        cut = run(osc, 64, TRUE, FALSE);
        g_assert_cmpuint(strlen(cut), ==, strlen(E "[22;0t" E "]0;" ST) + 200);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        for (size_t i = 0; i < G_N_ELEMENTS(finish_rows); i++)
                g_test_add_data_func(finish_rows[i].path, &finish_rows[i], test_finish);
        g_test_add_func("/relay/latin1", test_latin1);
        g_test_add_func("/relay/ping", test_ping);
        g_test_add_func("/relay/long", test_long);
        return g_test_run();
}
