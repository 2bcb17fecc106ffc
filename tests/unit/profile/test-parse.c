/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "profile/profile.h"

#define TEXT(s) s, sizeof(s) - 1

/* Texts that are refused, and all that is said about them. */
static const struct Refused {
        const char *path, *text;
        gsize n;
        const char *want; /* lines */
} refused[] = {
        { "/parse/no-group", TEXT("name=a.b.c\n"), "p:1:1: A key before the first [Group]" },
        { "/parse/no-equals", TEXT("[Context]\nshared\n"), "p:2:1: Neither a [Group], nor key=value, nor a comment" },
        { "/parse/no-key", TEXT("[Context]\n =x\n"), "p:2:2: No key before the '='" },
        { "/parse/group-open", TEXT("[Context\n"), "p:1:1: A group is written [Name], alone on its line" },
        { "/parse/group-empty", TEXT("[]\n"), "p:1:1: A group is written [Name], alone on its line" },
        { "/parse/group-comment", TEXT("[Context] # mine\nshared=ipc\n"),
          "p:1:1: A group is written [Name], alone on its line" },
        { "/parse/group-bracket", TEXT("[X-[a]\n"),
          "p:1:4: A group's name holds no brackets and no control characters" },
        { "/parse/group-control", TEXT("[X-a\x01]\n"),
          "p:1:5: A group's name holds no brackets and no control characters" },
        { "/parse/group-twice", TEXT("[Context]\n[Context]\n"), "p:2:2: Group [Context] is already on line 1" },
        { "/parse/group-unknown", TEXT("[Contxt]\nx=y\nz\n"),
          "p:1:2: Unknown group [Contxt]; did you mean [Context]?\np:3:1: Neither a [Group], nor key=value, nor a "
          "comment" },
        { "/parse/group-box", TEXT("[Box A]\nparent=x\n"),
          "p:1:6: Not a box's name: \"A\"; it has small letters, digits, '-' and '/', 64 at most" },
        { "/parse/key-twice", TEXT("[Context]\nshared=ipc\nshared=network\n"),
          "p:3:1: Key \"shared\" is already on line 2" },
        { "/parse/key-slip", TEXT("[Context]\nfilesystem=home\n"),
          "p:2:1: Unknown key \"filesystem\" in [Context]; did you mean \"filesystems\"?" },
        { "/parse/key-elsewhere", TEXT("[Context]\nnested=yes\n"),
          "p:2:1: Unknown key \"nested\" in [Context]; it belongs in [Oriel]" },
        { "/parse/key-far", TEXT("[Context]\nxyzzy=1\n"), "p:2:1: Unknown key \"xyzzy\" in [Context]" },
        { "/parse/key-locale", TEXT("[Application]\nname[de]=a.b.c\n"),
          "p:2:1: \"name\" has no translations: write name=... alone" },
        { "/parse/key-control", TEXT("[Context]\na\x1b[2J=1\n"), "p:2:2: A control character in a key's name" },
        { "/parse/word", TEXT("[Context]\nsockets=x11;waylnd\n"),
          "p:2:13: Unknown word \"waylnd\"; did you mean \"wayland\"?" },
        { "/parse/word-negated", TEXT("[Context]\nsockets=!x12\n"),
          "p:2:10: Unknown word \"x12\"; did you mean \"x11\"?" },
        { "/parse/word-far", TEXT("[Oriel]\nnested=perhaps\n"),
          "p:2:8: Unknown word \"perhaps\"; known are: no, yes, limited" },
        { "/parse/word-comment", TEXT("[Oriel]\nnested=yes # why\n"),
          "p:2:8: Unknown word \"yes # why\"; a comment is a line of its own" },
        { "/parse/word-empty", TEXT("[Display]\nglx=\n"), "p:2:5: Unknown word \"\"; known are: no, yes" },
        { "/parse/string-empty", TEXT("[Application]\ncommand=\n"), "p:2:9: No value" },
        { "/parse/id", TEXT("[Application]\nname=firefox\n"),
          "p:2:6: Not an application id: \"firefox\"; it has three elements or more, such as org.example.App, with a "
          "dash only in the last one" },
        { "/parse/id-control", TEXT("[Application]\nname=a.b.c\\nname=x\n"),
          "p:2:6: Not an application id: \"a.b.c\\x0aname=x\"; it has three elements or more, such as "
          "org.example.App, with a dash only in the last one" },
        { "/parse/id-reserved", TEXT("[Application]\nname=org.oriel.run.x\n"),
          "p:2:6: The id \"org.oriel.run.x\" is one of those that Oriel gives out itself" },
        { "/parse/escape", TEXT("[Application]\ncommand=a\\q\\\n"),
          "p:2:10: A bad escape; known are \\s \\n \\t \\r and two backslashes" },
        { "/parse/escape-list-only", TEXT("[Application]\ncommand=a\\;b\n"),
          "p:2:10: A bad escape; known are \\s \\n \\t \\r and two backslashes" },
        { "/parse/escape-end", TEXT("[Context]\npersistent=a\\"),
          "p:2:13: A bad escape; known are \\s \\n \\t \\r \\; and two backslashes" },
        { "/parse/control", TEXT("[Application]\ncommand=a\x1b[2Jb\n"), "p:2:10: A control character" },
        { "/parse/column-characters", TEXT("[Context]\npersistent=\xc3\xa4;..\n"), "p:2:14: \"..\" in a path: \"..\"" },
        { "/parse/bus-name", TEXT("[Session Bus Policy]\n:1.7=talk\n"), "p:2:1: Not a well-known bus name: \":1.7\"" },
        { "/parse/bus-own-names", TEXT("[Session Bus Policy]\norg.oriel.Sandbox1=talk\n"),
          "p:2:1: Oriel's own names are never reached from a box: \"org.oriel.Sandbox1\"" },
        { "/parse/bus-policy", TEXT("[Session Bus Policy]\na.b=tolk\n"),
          "p:2:5: Unknown word \"tolk\"; did you mean \"talk\"?" },
        { "/parse/bus-both", TEXT("[Session Bus Policy]\na=tolk\n"),
          "p:2:1: Not a well-known bus name: \"a\"\np:2:3: Unknown word \"tolk\"; did you mean \"talk\"?" },
        { "/parse/bus-rule", TEXT("[Session Bus Rules]\na.b=call:a.b.C;brodcast:*\n"),
          "p:2:16: Unknown rule \"brodcast:*\"; did you mean \"broadcast:\"?" },
        { "/parse/bus-no-rule", TEXT("[Session Bus Rules]\na.b=;\n"), "p:2:5: No rule" },
        { "/parse/env-name", TEXT("[Environment]\nA-B=1\n"),
          "p:2:1: Not the name of an environment variable: \"A-B\"" },
        { "/parse/condition", TEXT("[Context]\nsockets=if:x11:Has Wayland\n"),
          "p:2:16: Not a condition: \"Has Wayland\"" },
        { "/parse/condition-word", TEXT("[Context]\nsockets=if:x12:true\n"),
          "p:2:12: Unknown word \"x12\"; did you mean \"x11\"?" },
        { "/parse/condition-short", TEXT("[Context]\nsockets=x11:true\n"),
          "p:2:9: Not a word with a condition: \"x11:true\"; write if:WORD:CONDITION" },
        { "/parse/nul", "[Context]\nshared=i\0pc\n", 23, "p:2:9: A NUL byte: this is no text" },
        { "/parse/utf-8", TEXT("[Context]\n# \xff\n"), "p:2:3: Not valid UTF-8" },
        { "/parse/byte-order-mark", TEXT("\xef\xbb\xbf[Context]\n"),
          "p:1:1: Neither a [Group], nor key=value, nor a comment" },
};

static void test_refused(const void *data)
{
        const struct Refused *row = data;
        g_autofree char *copy = g_memdup2(row->text, row->n), *all = NULL;
        g_autoptr(GPtrArray) faults = profile_check_text(copy, row->n, "p");
        g_autoptr(GError) error = NULL;
        g_autoptr(Profile) profile = profile_parse(copy, row->n, "p", &error);

        g_assert_null(profile);
        g_assert_error(error, ORIEL_ERROR, ORIEL_ERROR_INVALID);
        g_assert_cmpstr(error->message, ==, faults->pdata[0]);
        g_ptr_array_add(faults, NULL);
        all = g_strjoinv("\n", (char **)faults->pdata);
        g_assert_cmpstr(all, ==, row->want);
}

static Profile *parse(const char *text, const char *label)
{
        g_autoptr(GError) error = NULL;
        Profile *profile = profile_parse(text, strlen(text), label, &error);

        g_assert_no_error(error);
        g_assert_nonnull(profile);
        return profile;
}

/* Texts that are read, and what they are printed as. */
static const struct Printed {
        const char *path, *text, *want; /* NULL: as it was */
} printed[] = {
        { "/print/empty", "", NULL },
        { "/print/comments", "#!/usr/bin/env -S oriel run --profile\n# x\n\n  # y\n", "" },
        { "/print/no-newline", "[Oriel]\nnested=yes", "[Oriel]\nnested=yes\n" },
        { "/print/crlf", "[Oriel]\r\nnested=yes\r\n", "[Oriel]\nnested=yes\n" },
        { "/print/blanks", "  [Oriel]\n nested = yes \n", "[Oriel]\nnested=yes\n" },
        { "/print/order", "[Oriel]\nalias=a\n[Application]\ncommand=x\nname=a.b.c\n",
          "[Application]\nname=a.b.c\ncommand=x\n\n[Oriel]\nalias=a\n" },
        { "/print/hash", "[Application]\ncommand=a #b\n", NULL },
        { "/print/escapes", "[Environment]\nA=\\s\\ta\\n\\\\b; c\\s\n", "[Environment]\nA=\\s\\ta\\n\\\\b; c\\s\n" },
        { "/print/empty-variable", "[Environment]\nA=\n", NULL },
        { "/print/raw-escape-in-variable", "[Environment]\nA=\x1b[1m\n", NULL },
        { "/print/list", "[Context]\nshared= network ; ;ipc;\n", "[Context]\nshared=network;ipc\n" },
        { "/print/empty-list", "[Context]\nshared=\n", NULL },
        { "/print/list-escape", "[Context]\npersistent=a\\;b;c\\sd\\s\n", "[Context]\npersistent=a\\;b;c d\\s\n" },
        { "/print/twice", "[Context]\nsockets=x11;!x11;wayland\n", "[Context]\nsockets=!x11;wayland\n" },
        { "/print/condition", "[Context]\nsockets=x11:if:!has-wayland\n", "[Context]\nsockets=if:x11:!has-wayland\n" },
        { "/print/condition-fallback", "[Context]\nsockets=!x11;x11;if:x11:!has-wayland;if:x11:true\n",
          "[Context]\nsockets=if:x11:!has-wayland;if:x11:true\n" },
        { "/print/filesystems", "[Context]\nfilesystems=~;home/src/:ro;//a/./b:rw;!~/.ssh:ro;xdg-run/x;!host:reset\n",
          "[Context]\nfilesystems=home;~/src:ro;/a/b;!~/.ssh;xdg-run/x;!host:reset\n" },
        { "/print/filesystem-colon", "[Context]\nfilesystems=/a\\\\:b:create:optional\n", NULL },
        { "/print/filesystem-again", "[Context]\nfilesystems=~/a;~/a:ro\n", "[Context]\nfilesystems=~/a:ro\n" },
        { "/print/rules", "[Session Bus Rules]\na.b.*=call:a.b.* ; ask:@/a/*;inner;\n",
          "[Session Bus Rules]\na.b.*=call:a.b.*;ask:@/a/*;inner\n" },
        { "/print/others", "[Extension a.b]\ndirectory=x \\q\nName[de]=y\n[X-DConf]\npaths=/a/;\n\n[Runtime]\nname=x\n",
          "[Extension a.b]\ndirectory=x \\q\nName[de]=y\n\n[X-DConf]\npaths=/a/;\n\n[Runtime]\nname=x\n" },
        { "/print/unset-wins", "[Environment]\nA=1\nB=2\n[Context]\nunset-environment=A\n",
          "[Context]\nunset-environment=A\n\n[Environment]\nB=2\n" },
        { "/print/colour", "[Display]\nborder=#C02020\n", "[Display]\nborder=#c02020\n" },
        { "/print/network", "[Network]\nallow=*.Mozilla.org:443;@github;a.b:22,443;a:*;*;10.0.0.1;[::1]:80\nask=yes\n",
          "[Network]\nallow=*.mozilla.org:443;@github;a.b:22,443;a:*;*;10.0.0.1;[::1]:80\nask=yes\n" },
        { "/print/credential", "[Network]\ncredential=gh=api.github.com/:Authorization:file:/x\n", NULL },
};

static void test_printed(const void *data)
{
        const struct Printed *row = data;
        g_autoptr(Profile) profile = parse(row->text, "p"), again = NULL, with_origin = NULL;
        g_autofree char *text = profile_print(profile, FALSE), *commented = profile_print(profile, TRUE);

        g_assert_cmpstr(text, ==, row->want != NULL ? row->want : row->text);
        again = parse(text, "again");
        g_assert_true(profile_equal(profile, again));
        with_origin = parse(commented, "commented");
        g_assert_true(profile_equal(profile, with_origin));
}

/* A file that is larger than the limit costs nothing but the message. */
static void test_large(void)
{
        gsize n = 10 * 1024 * 1024;
        g_autofree char *text = g_malloc(n);
        g_autoptr(GPtrArray) faults = NULL;

        memset(text, 'x', n);
        faults = profile_check_text(text, n, "p");
        g_assert_cmpuint(faults->len, ==, 1);
        g_assert_cmpstr(faults->pdata[0], ==, "p:1:1: Larger than 1 MiB");
}

/* A long line comes out shortened, and many faults stop at a hundred. */
static void test_much(void)
{
        g_autofree char *word = g_strnfill(100000, 'x'), *text = g_strconcat("[Oriel]\nnested=", word, "\n", NULL);
        g_autoptr(GString) lines = g_string_new("[Oriel]\n");
        g_autoptr(GPtrArray) faults = profile_check_text(text, strlen(text), "p"), many = NULL, entries = NULL;

        g_assert_cmpuint(faults->len, ==, 1);
        g_assert_cmpuint(strlen(faults->pdata[0]), <, 500);
        g_assert_true(g_str_has_suffix(faults->pdata[0], "; known are: no, yes, limited"));
        for (int i = 0; i < 99; i++)
                g_string_append(lines, "x\n");
        g_string_append(lines, "[Context]\nshared=a;b;c\n");
        many = profile_check_text(lines->str, lines->len, "p");
        g_assert_cmpuint(many->len, ==, 100);

        g_string_assign(lines, "[Oriel]\nalias=");
        for (int i = 0; i < 5000; i++)
                g_string_append_printf(lines, "a%d;", i);
        entries = profile_check_text(lines->str, lines->len, "p");
        g_assert_cmpuint(entries->len, ==, 1);
        g_assert_cmpstr(entries->pdata[0], ==, "p:2:23473: More than 4096 entries");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(refused); i++)
                g_test_add_data_func(refused[i].path, &refused[i], test_refused);
        for (gsize i = 0; i < G_N_ELEMENTS(printed); i++)
                g_test_add_data_func(printed[i].path, &printed[i], test_printed);
        g_test_add_func("/parse/large", test_large);
        g_test_add_func("/parse/much", test_much);
        return g_test_run();
}
