/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <string.h>

#include "plan/print.h"
#include "sample.h"

static void test_words(void)
{
        for (int i = 0; i < _PLAN_MOUNT_MAX; i++)
                g_assert_nonnull(plan_mount_kind_word((PlanMountKind)i));
        g_assert_null(plan_mount_kind_word(_PLAN_MOUNT_MAX));
        g_assert_null(plan_box_kind_word(_PLAN_BOX_MAX));
        g_assert_null(plan_ready_word(_PLAN_READY_MAX));
        g_assert_null(plan_death_word(_PLAN_DEATH_MAX));
        g_assert_null(plan_stdio_word(_PLAN_STDIO_MAX));
        g_assert_null(plan_seccomp_word(_PLAN_SECCOMP_MAX));
        g_assert_cmpstr(plan_namespace_word(PLAN_NS_USER), ==, "user");
        g_assert_cmpstr(plan_namespace_word(PLAN_NS_TIME), ==, "time");
        g_assert_null(plan_namespace_word((PlanNamespace)(PLAN_NS_USER | PLAN_NS_PID)));
        g_assert_null(plan_namespace_word((PlanNamespace)(1 << 8)));
}

/* Lines that show quoting, escaping and each optional part. */
static void test_text(void)
{
        static const char *const lines[] = {
                "app org.example.Notes\ninstance 0badcafe\n",
                "\nslots xauth-host xauth-inner mediator-bus\n",
                "\nbox app (app) in inner\n    own user mount pid\n    user 1000 group 1000\n",
                "    bind      /usr\n",
                "    symlink   /bin -> usr/bin\n",
                "    bind      /dev/null device\n",
                "    tmpfs     /tmp mode=0755 size=64KiB\n",
                "    shared    /tmp/.X11-unix from x11 mode=0755 size=64KiB rw\n",
                "    file      /run/oriel/xauth slot=xauth-inner mode=0444\n",
                "    file      /etc/passwd content=\"\" mode=0444\n",
                "    file      /.flatpak-info content=\"[Application]\\x0aname=org.example.Notes\\x0a\" mode=0444\n",
                "    bind      \"/home/anna/my notes\" from /srv/data/notes beneath /srv/data rw,create,noexec\n",
                "    bind      \"/home/anna/my notes/.git\" rw,pin\n",
                "    overlay   /srv/tree of /srv/low under /srv/high changes in /srv/data/changes work in "
                "/srv/data/work "
                "beneath /srv/data rw,create\n",
                "    overlay   /srv/scratch of /srv/low size=1MiB rw\n",
                "    fuse      /run/image slot=fuse-image\n",
                "        fd 6 = slot fuse-image\n",
                "    chmod     /tmp/.X11-unix/mine mode=1777\n",
                "    read-only /\n",
                "    program app (the app)\n        run notes --title \"my \\\"notes\\\"\\x0a\" \"\"\n",
                "        ready line on fd 3 within 10000 ms\n",
                "        ready exec, after xephyr bus-proxy\n",
                "        fd 4 = slot mediator-bus\n",
                "    route 198.18.0.0/15 to itself\n    route fd6f:7269:656c::/64 to itself\n",
                "    listen udp 127.0.0.1:53 = slot listen-dns\n    listen tcp *:443 = slot listen-443\n",
                "        landlock abstract\n        landlock signal\n        landlock connect\n",
                "        limit nofile = 1024\n",
                "        seccomp allow bpf\n        seccomp deny ptrace uname\n",
                "        connect port 443\n",
                "all together memory size=64MiB\nall together processes 99\nall together processor 150%\nends after 60 "
                "s\n",
                "at its end in \"/home/anna/a b\": git editor that are new set aside\n",
                "\nnote asked sockets=x11, given xephyr: \\x1b[1mthe narrowest\n",
        };
        CLEANUP(plan_freep) Plan *plan = sample_plan();
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        plan_print(plan, &text);
        for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
                if (strstr(buffer_text(&text), lines[i]) == NULL)
                        g_error("no \"%s\" in:\n%s", lines[i], buffer_text(&text));
}

static void test_json(void)
{
        static const char *const parts[] = {
                "{\"app\":\"org.example.Notes\",\"instance\":\"0badcafe\",\"slots\":[\"xauth-host\",",
                "{\"name\":\"semi/x\",\"kind\":\"semi\",\"parent\":\"keeper\",\"unshare\":[\"user\",\"mount\",",
                "{\"kind\":\"bind\",\"dest\":\"/usr\",\"source\":\"/usr\",\"flags\":[]}",
                "\"source\":\"/srv/data/changes\",\"source_root\":\"/srv/data\",\"lowers\":[\"/srv/low\",\"/srv/"
                "high\"],"
                "\"work\":\"/srv/data/work\",\"flags\":[\"rw\",\"create\"]}",
                "\"source_root\":\"/srv/data\",\"flags\":[\"rw\",\"create\",\"noexec\"]}",
                "\"argv\":[\"notes\",\"--title\",\"my \\\"notes\\\"\\u000a\",\"\"]",
                "\"fds\":[{\"slot\":\"mediator-bus\",\"fd\":4},{\"slot\":\"listen-dns\",\"fd\":5},"
                "{\"slot\":\"fuse-image\",\"fd\":6}],\"ready\":\"byte\","
                "\"ready_fd\":3,",
                "\"ready_timeout_ms\":5000,\"after\":[]",
                "\"seccomp_allow\":[\"bpf\"],\"seccomp_deny\":[\"ptrace\",\"uname\"],\"mdwe\":false,",
                "\"landlock\":[\"abstract\",\"signal\",\"connect\"],\"connect_ports\":[443],\"bind_ports\":[],"
                "\"limits\":[{\"resource\":7,\"name\":\"nofile\",\"value\":1024}]}]",
                "\"budget\":{\"memory\":67108864,\"pids\":99,\"cpu\":150,\"seconds\":60}",
                "\"guards\":[{\"path\":\"/home/anna/a "
                "b\",\"classes\":[\"git\",\"editor\"],\"wall\":false}],\"boxes\":[",
                "\"notes\":[\"asked sockets=x11, given xephyr: \\u001b[1mthe narrowest\"]}\n",
        };
        CLEANUP(plan_freep) Plan *plan = sample_plan();
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        plan_print_json(plan, &text);
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
                if (strstr(buffer_text(&text), parts[i]) == NULL)
                        g_error("no \"%s\" in:\n%s", parts[i], buffer_text(&text));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/print/words", test_words);
        g_test_add_func("/print/text", test_text);
        g_test_add_func("/print/json", test_json);
        return g_test_run();
}
