/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "bwrap/capability.h"
#include "bwrap/command.h"
#include "bwrap/usage.h"

typedef struct Case {
        BwrapCommand command;
        const char *file; /* of --args: words with a blank between them */
        uid_t uid;
        bool no_namespaces;
        char **words, **env;
} Case;

static int read_args(void *data, int fd, char **ret_bytes, size_t *ret_n)
{
        const Case *test = data;

        if (test->file == NULL || fd != 5)
                return -EBADF;
        *ret_n = strlen(test->file) + 1;
        *ret_bytes = g_strdup(test->file);
        g_strdelimit(*ret_bytes, " ", '\0');
        return 0;
}

static BwrapOutcome read_line(Case *test, const char *line)
{
        BwrapHost host = { .uid = test->uid,
                           .gid = 100,
                           .caps = 0xff,
                           .user_namespaces = !test->no_namespaces,
                           .cgroup_namespaces = !test->no_namespaces,
                           .read_args = read_args,
                           .data = test };

        test->env = g_strsplit("PATH=/bin A=1 HOME=/home/u", " ", -1);
        test->words = *line == '\0' ? g_new0(char *, 1) : g_strsplit(line, " ", -1);
        host.env = test->env;
        return bwrap_command_read(&test->command, &host, test->words);
}

static void clear(Case *test)
{
        bwrap_command_clear(&test->command);
        g_strfreev(test->words);
        g_strfreev(test->env);
}

static Case a_user(void)
{
        return (Case){ .uid = 1000 };
}

/* What is wrong with a line, to the letter. */
static void test_refusals(void)
{
        static const struct {
                const char *line, *why;
        } rows[] = {
                { "--nonsense true", "Unknown option --nonsense" },
                { "-x true", "Unknown option -x" },
                { "--bind /a", "--bind takes two arguments" },
                { "--ro-bind-fd 3", "--ro-bind-fd takes two arguments" },
                { "--overlay /a /b", "--overlay takes three arguments" },
                { "--chdir", "--chdir takes one argument" },
                { "--remount-ro", "--remount-ro takes one argument" },
                { "--tmpfs", "--tmpfs takes an argument" },
                { "--gid", "--gid takes an argument" },
                { "--cap-add", "--cap-add takes an argument" },
                { "--bind-fd x / true", "Invalid fd: x" },
                { "--sync-fd -1 true", "Invalid fd: -1" },
                { "--info-fd 3x true", "Invalid fd: 3x" },
                { "--block-fd 99999999999 true", "Invalid fd: 99999999999" },
                { "--uid x true", "Invalid uid: x" },
                { "--gid -2 true", "Invalid gid: -2" },
                { "--perms 9 --dir / true", "--perms takes an octal argument <= 07777" },
                { "--perms 10000 --dir / true", "--perms takes an octal argument <= 07777" },
                { "--perms 1 --perms 2 --dir / true", "--perms given twice for the same action" },
                { "--perms 700 --bind / / true", "--perms must be followed by an option that creates a file" },
                { "--perms 700 --symlink a /b true", "--perms must be followed by an option that creates a file" },
                { "--size 0 --tmpfs / true", "--size takes a non-zero number of bytes" },
                { "--size -5 --tmpfs / true", "--size takes a non-zero number of bytes" },
                { "--size 99999999999999999999 --tmpfs / true", "--size takes a non-zero number of bytes" },
                { "--size 0x8000000000000000 --tmpfs / true", "--size (for tmpfs) is limited to 9223372036854775807" },
                { "--size 1 --size 2 --tmpfs / true", "--size given twice for the same action" },
                { "--size 5 --dir /a true", "--size must be followed by --tmpfs" },
                { "--chmod 8 /a true", "--chmod takes an octal argument <= 07777" },
                { "--setenv A=B c true", "setenv failed: Invalid argument" },
                { "--cap-add foo true", "unknown cap: foo" },
                { "--exec-label x true", "labeling not supported on this system" },
                { "--file-label x true", "labeling not supported on this system" },
                { "--argv0 a --argv0 b true", "--argv0 used multiple times" },
                { "--seccomp 3 --add-seccomp-fd 4 true", "--add-seccomp-fd cannot be combined with --seccomp" },
                { "--add-seccomp-fd 4 --seccomp 3 true", "--seccomp cannot be combined with --add-seccomp-fd" },
                { "--args 6 true", "Can't read --args data: Bad file descriptor" },
                { "--userns-block-fd 3 --info-fd 4 true", "--userns-block-fd requires --unshare-user" },
                { "--unshare-user --userns-block-fd 3 true", "--userns-block-fd requires --info-fd" },
                { "--unshare-user --userns 3 true", "--userns not compatible --unshare-user" },
                { "--unshare-all --userns 3 true", "--userns not compatible --unshare-user-try" },
                { "--disable-userns true", "--disable-userns requires --unshare-user" },
                { "--disable-userns --unshare-user --userns-block-fd 3 --info-fd 4 true",
                  "--disable-userns is not compatible with --userns-block-fd" },
                { "--hostname a true", "Specifying --hostname requires --unshare-uts" },
                { "--as-pid-1 true", "Specifying --as-pid-1 requires --unshare-pid" },
                { "--as-pid-1 --unshare-pid --lock-file /a true",
                  "Specifying --as-pid-1 and --lock-file is not permitted" },
                { "--overlay /a /b /c true", "--overlay requires at least one --overlay-src" },
                { "--tmp-overlay /c true", "--tmp-overlay requires at least one --overlay-src" },
                { "--overlay-src /a --ro-overlay /c true", "--ro-overlay requires at least two --overlay-src" },
                { "--overlay-src /a --dir /c true",
                  "--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or "
                  "--ro-overlay" },
                { "--overlay-src /a true",
                  "--overlay-src must be followed by another --overlay-src or one of --overlay, --tmp-overlay, or "
                  "--ro-overlay" },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Case test = a_user();
                g_autofree char *want = g_strdup_printf("bwrap: %s\n", rows[i].why);

                g_assert_cmpint(read_line(&test, rows[i].line), ==, BWRAP_REFUSED);
                g_assert_cmpstr(buffer_text(&test.command.messages), ==, want);
                clear(&test);
        }
}

/* Root alone has no user namespace of its own accord, and then no ids to choose. */
static void test_root(void)
{
        Case test = { .uid = 0 };

        g_assert_cmpint(read_line(&test, "--uid 5 true"), ==, BWRAP_REFUSED);
        g_assert_cmpstr(buffer_text(&test.command.messages), ==,
                        "bwrap: Specifying --uid requires --unshare-user or --userns\n");
        clear(&test);
        test = (Case){ .uid = 0 };
        g_assert_cmpint(read_line(&test, "--unshare-pid true"), ==, BWRAP_RUN);
        g_assert_false(test.command.unshare[BWRAP_NS_USER]);
        g_assert_cmphex(test.command.caps, ==, 0xff);
        clear(&test);
}

static void test_outcomes(void)
{
        static const struct {
                const char *line;
                BwrapOutcome outcome;
        } rows[] = {
                { "", BWRAP_USAGE },          { "--unshare-pid", BWRAP_USAGE }, { "--perms 0700", BWRAP_USAGE },
                { "--", BWRAP_USAGE },        { "--version", BWRAP_VERSION },   { "--help --nonsense", BWRAP_HELP },
                { "true --help", BWRAP_RUN }, { "-- --help", BWRAP_RUN },
        };

        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Case test = a_user();

                g_assert_cmpint(read_line(&test, rows[i].line), ==, rows[i].outcome);
                clear(&test);
        }
}

static void test_namespaces(void)
{
        Case test = a_user();

        g_assert_cmpint(read_line(&test, "--unshare-all --share-net true"), ==, BWRAP_RUN);
        for (int i = 0; i < _BWRAP_NS_MAX; i++)
                g_assert_cmpint(test.command.unshare[i], ==, i != BWRAP_NS_NET);
        clear(&test);
        test = a_user();
        g_assert_cmpint(read_line(&test, "--share-net --unshare-net true"), ==, BWRAP_RUN);
        g_assert_true(test.command.unshare[BWRAP_NS_NET]);
        clear(&test);
        test = (Case){ .uid = 0, .no_namespaces = true };
        g_assert_cmpint(read_line(&test, "--unshare-all true"), ==, BWRAP_RUN);
        g_assert_false(test.command.unshare[BWRAP_NS_USER]);
        g_assert_false(test.command.unshare[BWRAP_NS_CGROUP]);
        clear(&test);
        test = a_user();
        g_assert_cmpint(read_line(&test, "--userns 3 true"), ==, BWRAP_RUN);
        g_assert_false(test.command.unshare[BWRAP_NS_USER]);
        clear(&test);
}

static void test_operations(void)
{
        Case test = a_user();
        const BwrapOp *ops;

        test.file = "--perms 0640 --ro-bind-data 6 /data --size 0x1000 --perms 1777 --tmpfs /tmp";
        g_assert_cmpint(read_line(&test, "--ro-bind /usr /usr --args 5 --dev-bind-try /x /y --file 7 /f --tmpfs /b "
                                         "--symlink t /l --chmod 0700 /b true a b"),
                        ==, BWRAP_RUN);
        g_assert_cmpuint(test.command.n_ops, ==, 8);
        ops = test.command.ops;
        g_assert_cmpint(ops[0].kind, ==, BWRAP_BIND);
        g_assert_cmpuint(ops[0].flags, ==, BWRAP_READ_ONLY);
        g_assert_cmpint(ops[1].kind, ==, BWRAP_BIND_DATA);
        g_assert_cmpint(ops[1].fd, ==, 6);
        g_assert_cmphex(ops[1].mode, ==, 0640);
        g_assert_cmphex(ops[2].mode, ==, 01777);
        g_assert_cmpuint(ops[2].size, ==, 4096);
        g_assert_cmpuint(ops[3].flags, ==, BWRAP_DEVICES | BWRAP_TRY);
        g_assert_cmpstr(ops[3].source, ==, "/x");
        g_assert_cmphex(ops[4].mode, ==, 0666);
        g_assert_cmphex(ops[5].mode, ==, 0755);
        g_assert_cmpuint(ops[5].size, ==, 0);
        g_assert_cmpint(ops[6].kind, ==, BWRAP_SYMLINK);
        g_assert_cmpstr(ops[6].source, ==, "t");
        g_assert_cmphex(ops[7].mode, ==, 0700);
        g_assert_cmpstr(test.command.argv[0], ==, "true");
        g_assert_cmpstr(test.command.argv[2], ==, "b");
        clear(&test);
}

static void test_overlays(void)
{
        Case test = a_user();
        const BwrapOp *ops;

        g_assert_cmpint(read_line(&test, "--overlay-src /1 --overlay-src /2 --overlay /rw /w /a --overlay-src /3 "
                                         "--tmp-overlay /b true"),
                        ==, BWRAP_RUN);
        ops = test.command.ops;
        g_assert_cmpuint(ops[0].n_layers, ==, 2);
        g_assert_cmpstr(test.command.layers[ops[0].first_layer], ==, "/1");
        g_assert_cmpstr(ops[0].source, ==, "/rw");
        g_assert_cmpstr(ops[0].work, ==, "/w");
        g_assert_cmpstr(ops[0].dest, ==, "/a");
        g_assert_cmpuint(ops[1].n_layers, ==, 1);
        g_assert_cmpstr(test.command.layers[ops[1].first_layer], ==, "/3");
        clear(&test);
}

/* Of a file only the options count: a command in it ends it. */
static void test_args_command(void)
{
        Case test = a_user();

        test.file = "--unshare-pid cat --nonsense";
        g_assert_cmpint(read_line(&test, "--args 5 true"), ==, BWRAP_RUN);
        g_assert_true(test.command.unshare[BWRAP_NS_PID]);
        g_assert_cmpstr(test.command.argv[0], ==, "true");
        clear(&test);
        test = a_user();
        test.file = "--args 5";
        g_assert_cmpint(read_line(&test, "--args 5 true"), ==, BWRAP_REFUSED);
        g_assert_cmpstr(buffer_text(&test.command.messages), ==, "bwrap: --args not supported in arguments file\n");
        clear(&test);
}

static void test_too_many(void)
{
        Case test = a_user();
        g_autoptr(GString) line = g_string_new("true");

        for (int i = 0; i < BWRAP_MAX_WORDS; i++)
                g_string_append(line, " x");
        g_assert_cmpint(read_line(&test, line->str), ==, BWRAP_REFUSED);
        g_assert_cmpstr(buffer_text(&test.command.messages), ==, "bwrap: Exceeded maximum number of arguments 9000\n");
        clear(&test);
}

/* Each acts on what the ones before it left. */
static void test_environment(void)
{
        Case test = a_user();

        g_assert_cmpint(read_line(&test, "--setenv A 2 --setenv B 3 --unsetenv PATH --setenv B 4 true"), ==, BWRAP_RUN);
        g_assert_cmpuint(test.command.n_env, ==, 3);
        g_assert_cmpstr(test.command.env[0], ==, "A=2");
        g_assert_cmpstr(test.command.env[1], ==, "HOME=/home/u");
        g_assert_cmpstr(test.command.env[2], ==, "B=4");
        g_assert_null(test.command.env[3]);
        clear(&test);
        test = a_user();
        g_assert_cmpint(read_line(&test, "--setenv B 3 --clearenv --setenv C 1 true"), ==, BWRAP_RUN);
        g_assert_cmpuint(test.command.n_env, ==, 1);
        g_assert_cmpstr(test.command.env[0], ==, "C=1");
        clear(&test);
}

/* In order: a warning, its level only from where that was asked for. */
static void test_warnings(void)
{
        Case test = a_user();

        g_assert_cmpint(read_line(&test, "--chdir /a --chdir /b --level-prefix --uid 1 --uid 2 --bad"), ==,
                        BWRAP_REFUSED);
        g_assert_cmpstr(buffer_text(&test.command.messages), ==,
                        "bwrap: Only the last --chdir option will take effect\n"
                        "<4>bwrap: Only the last --uid option will take effect\n"
                        "<3>bwrap: Unknown option --bad\n");
        g_assert_cmpstr(test.command.chdir, ==, "/b");
        clear(&test);
}

static void test_capabilities(void)
{
        Case test = { .uid = 0 };

        g_assert_cmpint(bwrap_capability("cap_chown"), ==, 0);
        g_assert_cmpint(bwrap_capability("CAP_CHECKPOINT_RESTORE"), ==, 40);
        g_assert_cmpint(bwrap_capability("chown"), ==, -1);
        g_assert_cmpint(read_line(&test, "--cap-drop ALL --cap-add Cap_Net_Raw --cap-add 3 --cap-drop cap_fowner true"),
                        ==, BWRAP_RUN);
        g_assert_cmphex(test.command.caps, ==, 1 << 13);
        g_assert_true(test.command.caps_said);
        clear(&test);
}

static void test_descriptors(void)
{
        Case test = a_user();

        g_assert_cmpint(read_line(&test, "--userns 0 --pidns 0 --sync-fd 8 --add-seccomp-fd 4 --add-seccomp-fd 3 true"),
                        ==, BWRAP_RUN);
        g_assert_cmpint(test.command.fds[BWRAP_FD_USERNS], ==, 0);
        g_assert_cmpint(test.command.fds[BWRAP_FD_PIDNS], ==, 0);
        g_assert_cmpint(test.command.fds[BWRAP_FD_SYNC], ==, 8);
        g_assert_cmpint(test.command.fds[BWRAP_FD_BLOCK], ==, -1);
        g_assert_cmpuint(test.command.n_filters, ==, 2);
        g_assert_cmpint(test.command.filters[1], ==, 3);
        clear(&test);
}

/* Callers read both. */
static void test_usage(void)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        bwrap_usage(&text, "./any name");
        g_assert_true(g_str_has_prefix(buffer_text(&text), "usage: ./any name [OPTIONS...] [--] COMMAND [ARGS...]\n"));
        g_assert_nonnull(strstr(text.bytes, "--tmp-overlay DEST"));
        g_assert_cmpstr(BWRAP_VERSION_LINE, ==, "bubblewrap 0.12.0\n");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/bwrap/command/refusals", test_refusals);
        g_test_add_func("/bwrap/command/root", test_root);
        g_test_add_func("/bwrap/command/outcomes", test_outcomes);
        g_test_add_func("/bwrap/command/namespaces", test_namespaces);
        g_test_add_func("/bwrap/command/operations", test_operations);
        g_test_add_func("/bwrap/command/overlays", test_overlays);
        g_test_add_func("/bwrap/command/args-command", test_args_command);
        g_test_add_func("/bwrap/command/too-many", test_too_many);
        g_test_add_func("/bwrap/command/environment", test_environment);
        g_test_add_func("/bwrap/command/warnings", test_warnings);
        g_test_add_func("/bwrap/command/capabilities", test_capabilities);
        g_test_add_func("/bwrap/command/descriptors", test_descriptors);
        g_test_add_func("/bwrap/command/usage", test_usage);
        return g_test_run();
}
