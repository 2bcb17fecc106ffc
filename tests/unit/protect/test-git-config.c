/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "protect/git-config.h"

static const char *const harmless[] = {
        "",
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n",
        "# a comment\n; another\n[user]\n\tname = Anna \xc3\xa4\n\temail = a@example.org\n",
        "[remote \"origin\"]\n\turl = https://example.org/a.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n"
        "[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n",
        "[remote \"origin\"]\n\turl = git@example.org:a/b.git\n",
        "[advice]\r\n\tdetachedHead = false\r\n",
};

static const char *const harmful[] = {
        "[core]\n\tfsmonitor = /tmp/x\n",
        "[CORE]\n\tFsMonitor = /tmp/x\n",
        "[core] fsmonitor = x\n",
        "[core]fsmonitor=x\n",
        "[core]\n\thooksPath = h\n",
        "[core]\n\tsshCommand = x\n",
        "[core]\n\teditor = x\n",
        "[core]\n\tpager = x\n",
        "[core]\n\tworktree = /home\n",
        "[alias]\n\tstatus = !x\n",
        "[include]\n\tpath = x\n",
        "[includeIf \"gitdir:/\"]\n\tpath = x\n",
        "[filter \"x\"]\n\tclean = x\n",
        "[diff \"x\"]\n\ttextconv = x\n",
        "[diff]\n\texternal = x\n",
        "[merge \"x\"]\n\tdriver = x\n",
        "[credential]\n\thelper = !x\n",
        "[gpg]\n\tprogram = x\n",
        "[remote \"o\"]\n\turl = ext::sh -c x\n",
        "[remote \"o\"]\n\turl = --upload-pack=x\n",
        "[remote \"o\"]\n\tuploadpack = x\n",
        "[remote \"o\"]\n\tvcs = x\n",
        "[submodule \"s\"]\n\tupdate = !x\n",
        "[extensions]\n\tworktreeConfig = true\n",
        "[remote.o]\n\turl = x\n",
        "[user]\n\tname = a\\\nfsmonitor = x\n",
        "[user]\n\tname = \"a\n",
        "[user\n\tname = a\n",
        "name = a\n",
        "[user]\n\tname a\n",
        "[user \"x]\"\n",
        "[a-very-long-section-name-that-goes-on-and-on-and-on-and-on-and-on-and-on]\n",
        "\xef\xbb\xbf[core]\n",
};

static void test_judge(void)
{
        static const char with_nul[] = "# a\0\n[core]\n";

        for (gsize i = 0; i < G_N_ELEMENTS(harmless); i++)
                if (!git_config_is_harmless(harmless[i], strlen(harmless[i])))
                        g_error("harmless: %s", harmless[i]);
        for (gsize i = 0; i < G_N_ELEMENTS(harmful); i++)
                if (git_config_is_harmless(harmful[i], strlen(harmful[i])))
                        g_error("not harmless: %s", harmful[i]);
        g_assert_false(git_config_is_harmless(with_nul, sizeof with_nul - 1));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/git-config/judge", test_judge);
        return g_test_run();
}
