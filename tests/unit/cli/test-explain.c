/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/explain.h"

#define TEXT(text) ((char[]){ text })

static const char profile_text[] = "[Context]\n"
                                   "filesystems=~/src:ro;xdg-download/in;!~/src/secret;\n"
                                   "persistent=.config\n"
                                   "[Session Bus Policy]\n"
                                   "org.a.Talk=talk\n"
                                   "org.a.Own.*=own\n"
                                   "[Network]\n"
                                   "mode=named\n";

static PlanMount mounts[] = {
        { .kind = PLAN_MOUNT_BIND, .dest = TEXT("/usr"), .source = TEXT("/usr") },
        { .kind = PLAN_MOUNT_TMPFS, .dest = TEXT("/home/u"), .size = 1 },
        { .kind = PLAN_MOUNT_BIND, .dest = TEXT("/home/u/src"), .source = TEXT("/home/u/src") },
        { .kind = PLAN_MOUNT_MASK, .dest = TEXT("/home/u/src/secret") },
        { .kind = PLAN_MOUNT_BIND,
          .dest = TEXT("/home/u/Downloads/in"),
          .source = TEXT("/home/u/Downloads/in"),
          .flags = PLAN_MOUNT_RW },
        { .kind = PLAN_MOUNT_BIND,
          .dest = TEXT("/home/u/.config"),
          .source = TEXT("/data/.config"),
          .flags = PLAN_MOUNT_RW },
};
static char data_dir[] = "/data";
static char *app_argv[] = { TEXT("sh"), NULL };
static char *bus_argv[] = { TEXT("oriel-dbus-proxy"),
                            TEXT("--fd=3"),
                            TEXT("unix:path=/run/oriel-host/session"),
                            TEXT("/run/oriel-bus/session"),
                            TEXT("--filter"),
                            TEXT("--talk=org.a.Talk"),
                            TEXT("--own=org.a.Own.*"),
                            TEXT("--see=org.a.See"),
                            TEXT("--call=org.a.Portal=org.a.File.*"),
                            TEXT("unix:path=/run/oriel-host/system"),
                            TEXT("/run/oriel-bus/system"),
                            TEXT("--filter"),
                            TEXT("--talk=org.a.System"),
                            NULL };

static const PlanBox boxes[] = {
        { .name = TEXT("keeper"), .kind = PLAN_BOX_KEEPER },
        { .name = TEXT("app"),
          .kind = PLAN_BOX_APP,
          .unshare = PLAN_NS_NET,
          .mounts = mounts,
          .n_mounts = G_N_ELEMENTS(mounts) },
};
static const PlanProgram programs[] = {
        { .name = TEXT("bus-proxy"), .argv = bus_argv },
        { .name = TEXT("app"), .box = 1, .app = true, .argv = app_argv },
};

typedef struct Fixture {
        PlanBox boxes[2];
        PlanProgram programs[2];
        Plan plan;
        HostFacts *facts;
        StoreProfile profile;
        Launch launch;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data)
{
        g_autoptr(GError) error = NULL;

        (void)data;
        memcpy(fixture->boxes, boxes, sizeof boxes);
        memcpy(fixture->programs, programs, sizeof programs);
        fixture->plan = (Plan){ .boxes = fixture->boxes, .n_boxes = 2, .programs = fixture->programs, .n_programs = 2 };
        fixture->facts = host_facts_new();
        fixture->profile.data_dir = data_dir;
        g_free(fixture->facts->home);
        fixture->facts->home = g_strdup("/home/u");
        g_hash_table_insert(fixture->facts->xdg_dirs, g_strdup("download"), g_strdup("/home/u/Downloads"));
        fixture->profile.profile = profile_parse(profile_text, strlen(profile_text), "f", &error);
        g_assert_no_error(error);
        fixture->launch = (Launch){ .plan = &fixture->plan, .profile = &fixture->profile, .facts = fixture->facts };
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
        (void)data;
        host_facts_free(fixture->facts);
        profile_free(fixture->profile.profile);
}

static const struct Row {
        const char *path;
        int (*explain)(const Launch *launch, const char *about, Buffer *ret_text);
        const char *about;
        int status;
        const char *text;
} rows[] = {
        { "/explain/path-base", explain_path, "/usr/bin/ls", COMMAND_DONE,
          "/usr/bin/ls: the host's, read-only (as in every box)\n" },
        { "/explain/path-listed", explain_path, "/home/u/src/a", COMMAND_DONE,
          "/home/u/src/a: the host's, read-only (f:2 [Context] filesystems)\n" },
        { "/explain/path-xdg", explain_path, "/home/u/Downloads/in/x", COMMAND_DONE,
          "/home/u/Downloads/in/x: the host's, can be written (f:2 [Context] filesystems)\n" },
        { "/explain/path-persistent", explain_path, "/home/u/.config/x", COMMAND_DONE,
          "/home/u/.config/x: the app's own, kept, there /data/.config/x (f:3 [Context] persistent)\n" },
        { "/explain/path-own", explain_path, "/home/u", COMMAND_DONE, "/home/u: the box's own (as in every box)\n" },
        { "/explain/path-negated", explain_path, "/home/u/src/secret", COMMAND_NO,
          "/home/u/src/secret: hidden, with an empty one in its place (f:2 [Context] filesystems)\nmend: "
          "--filesystem=/home/u/src/secret\n" },
        { "/explain/path-absent", explain_path, "/home/u/.ssh", COMMAND_NO,
          "/home/u/.ssh: not there (no line of the profile shows it)\nmend: --filesystem=/home/u/.ssh\n" },
        { "/explain/path-escaped", explain_path, "/home/u/\x1b[2J", COMMAND_NO,
          "/home/u/\\x1b[2J: not there (no line of the profile shows it)\nmend: --filesystem=/home/u/\\x1b[2J\n" },
        { "/explain/bus-talk", explain_bus, "org.a.Talk", COMMAND_DONE,
          "session bus: org.a.Talk: talk (f:5 [Session Bus Policy] org.a.Talk)\n"
          "system bus: org.a.Talk: not allowed (no line of the profile names it)\n" },
        { "/explain/bus-below", explain_bus, "org.a.Own.x.y", COMMAND_DONE,
          "session bus: org.a.Own.x.y: own (f:6 [Session Bus Policy] org.a.Own.*)\n"
          "system bus: org.a.Own.x.y: not allowed (no line of the profile names it)\n" },
        { "/explain/bus-method-by-talk", explain_bus, "org.a.Talk.org.any.Face.Do", COMMAND_DONE,
          "session bus: org.a.Talk: allowed, call org.any.Face.Do (f:5 [Session Bus Policy] org.a.Talk)\n"
          "system bus: org.a.Talk.org.any.Face.Do: not allowed (no line of the profile names it)\n" },
        { "/explain/bus-call", explain_bus, "org.a.Portal.org.a.File.Open", COMMAND_DONE,
          "session bus: org.a.Portal: allowed, call org.a.File.Open (as in every box)\n"
          "system bus: org.a.Portal.org.a.File.Open: not allowed (no line of the profile names it)\n" },
        { "/explain/bus-other-call", explain_bus, "org.a.Portal.org.a.Camera.Open", COMMAND_NO,
          "session bus: org.a.Portal: not allowed (no line of the profile names it)\n"
          "system bus: org.a.Portal.org.a.Camera.Open: not allowed (no line of the profile names it)\n"
          "mend: --talk-name=org.a.Portal\n" },
        { "/explain/bus-see-no-call", explain_bus, "org.a.See.org.a.See.Do", COMMAND_NO,
          "session bus: org.a.See: not allowed (no line of the profile names it)\n"
          "system bus: org.a.See.org.a.See.Do: not allowed (no line of the profile names it)\n"
          "mend: --talk-name=org.a.See\n" },
        { "/explain/bus-system", explain_bus, "org.a.System", COMMAND_DONE,
          "session bus: org.a.System: not allowed (no line of the profile names it)\n"
          "system bus: org.a.System: talk (as in every box)\n" },
        { "/explain/bus-oriel", explain_bus, "org.oriel.Sandbox1", COMMAND_NO,
          "session bus: org.oriel.Sandbox1: not allowed (no grant reaches Oriel itself)\n"
          "system bus: org.oriel.Sandbox1: not allowed (no grant reaches Oriel itself)\n" },
        { "/explain/host-none", explain_host, "example.org:443", COMMAND_NO,
          "example.org:443: not allowed, the box has no network; mode=named (f:8 [Network] mode)\n"
          "mend: --net=named --allow-host=example.org:443; --net=host gives the whole network of the host\n" },
};

static void test_row(Fixture *fixture, gconstpointer data)
{
        const struct Row *row = data;
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        int status = row->explain(&fixture->launch, row->about, &text);

        g_assert_cmpstr(buffer_text(&text), ==, row->text);
        g_assert_cmpint(status, ==, row->status);
}

static void test_host_network(Fixture *fixture, gconstpointer data)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        (void)data;
        fixture->boxes[1].unshare = 0;
        g_assert_cmpint(explain_host(&fixture->launch, "a.b", &text), ==, COMMAND_DONE);
        g_assert_cmpstr(buffer_text(&text), ==,
                        "a.b: allowed, the network is the host's; mode=named (f:8 [Network] mode)\n");
}

/* Flatpak's wish stands for the mode where there is none. */
static void test_shared(Fixture *fixture, gconstpointer data)
{
        static const char text[] = "[Context]\nshared=ipc;network\n";
        CLEANUP(buffer_clear) Buffer said = BUFFER_INIT;

        (void)data;
        fixture->boxes[1].unshare = 0;
        profile_free(fixture->profile.profile);
        fixture->profile.profile = profile_parse(text, strlen(text), "g", NULL);
        g_assert_cmpint(explain_host(&fixture->launch, "a.b", &said), ==, COMMAND_DONE);
        g_assert_cmpstr(buffer_text(&said), ==,
                        "a.b: allowed, the network is the host's; shared=network (g:2 [Context] shared)\n");
}

/* The rules are the mediator's own arguments; where they came from is the profile's to say. */
static void test_named(Fixture *fixture, gconstpointer data)
{
        static const char text[] =
                "[Network]\nmode=named\nallow=a.org;*.b.org\ndeny=e.b.org\nask=q.org\nhost-service=db:5432\n";
        char *argv[] = { TEXT("/run/oriel/bin/oriel-net-proxy"),
                         TEXT("--fd=3"),
                         TEXT("--deny=e.b.org"),
                         TEXT("--ask=q.org"),
                         TEXT("--allow=a.org"),
                         TEXT("--allow=*.b.org"),
                         TEXT("--host-service=db:5432"),
                         NULL };
        static const struct {
                const char *host;
                int status;
                const char *text;
        } named[] = {
                { "a.org", COMMAND_DONE, "a.org: allowed on port 443, by a.org (g:3 [Network] allow)\n" },
                { "A.org:22", COMMAND_NO,
                  "A.org:22: not allowed on port 22 (no line of the profile names it)\nmend: --allow-host=a.org:22\n" },
                { "x.b.org:80", COMMAND_DONE, "x.b.org:80: allowed on port 80, by *.b.org (g:3 [Network] allow)\n" },
                { "e.b.org", COMMAND_NO,
                  "e.b.org: not allowed on port 443, by e.b.org (g:4 [Network] deny)\nmend: "
                  "--allow-host=e.b.org:443\n" },
                { "q.org", COMMAND_NO, "q.org: a person is asked, on port 443, by q.org (g:5 [Network] ask)\n" },
                { "db:5432", COMMAND_DONE, "db:5432: allowed on port 5432, by db:5432 (g:6 [Network] host-service)\n" },
                { "2606::1", COMMAND_NO,
                  "2606::1: not allowed on port 443 (no line of the profile names it)\n"
                  "mend: --allow-host=[2606::1]:443\n" },
                { "a@b", COMMAND_NO, "a@b: not allowed, it is no name of a host\n" },
                { "a.org:0", COMMAND_NO, "a.org:0: not allowed, it is no name of a host\n" },
        };

        (void)data;
        fixture->programs[0].name = TEXT("net-proxy");
        fixture->programs[0].argv = argv;
        profile_free(fixture->profile.profile);
        fixture->profile.profile = profile_parse(text, strlen(text), "g", NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(named); i++) {
                CLEANUP(buffer_clear) Buffer said = BUFFER_INIT;

                g_assert_cmpint(explain_host(&fixture->launch, named[i].host, &said), ==, named[i].status);
                g_assert_cmpstr(buffer_text(&said), ==, named[i].text);
        }
}

static void test_no_bus(Fixture *fixture, gconstpointer data)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_autoptr(GError) error = NULL;

        (void)data;
        fixture->plan.programs = fixture->programs + 1;
        fixture->plan.n_programs = 1;
        g_assert_true(profile_set(fixture->profile.profile, PROFILE_COMPANIONS_BUS, "none", "command line", &error));
        g_assert_cmpint(explain_bus(&fixture->launch, "org.a.Talk", &text), ==, COMMAND_NO);
        g_assert_true(g_str_has_prefix(
                buffer_text(&text),
                "session bus: not allowed, the box has none: bus=none (command line [Companions] bus)\n"));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add(rows[i].path, Fixture, &rows[i], set_up, test_row, tear_down);
        g_test_add("/explain/host-network", Fixture, NULL, set_up, test_host_network, tear_down);
        g_test_add("/explain/named", Fixture, NULL, set_up, test_named, tear_down);
        g_test_add("/explain/shared", Fixture, NULL, set_up, test_shared, tear_down);
        g_test_add("/explain/no-bus", Fixture, NULL, set_up, test_no_bus, tear_down);
        return g_test_run();
}
