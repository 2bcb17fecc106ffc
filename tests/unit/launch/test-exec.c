/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The step into the front end.  The program plays the engine itself: started as "oriel run --plan ...", it says what it
 * got, and lives until its stdin ends. */

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "launch/exec.h"
#include "place.h"
#include "plan/code.h"
#include "store/instances.h"
#include "store/logs.h"
#include "xserver-helpers/xauthority.h"

#define ID "0000abcd"
#define COOKIE "sixteen letters!"
#define INSTANCES "run/oriel/instances"
#define LOGS "home/.local/state/oriel/log"

typedef struct World {
        Place *place;
        StoreProfile profile;
        PlanBox boxes[2];
        PlanMount mount;
        PlanProgram app;
        Plan plan;
        HostFacts *facts;
        Launch launch;
        LaunchRequest request;
} World;

static char *default_slots[] = { (char *)"mediator-bus", (char *)"xauth-host", (char *)"xauth-inner", NULL };
static char *app_environment[] = { (char *)"DISPLAY=:7", NULL };
static char *app_argv[] = { (char *)"true", NULL };

/* Points into itself: stays where it is. */
static void world_init(World *world)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        g_autofree char *xauthority = NULL;

        *world = (World){ .place = place_new(), .facts = host_facts_new() };
        xauthority = place_path(world->place, "home/.Xauthority");
        xauthority_write(&bytes, "0", COOKIE, strlen(COOKIE));
        g_assert_true(g_file_set_contents(xauthority, bytes.bytes, (gssize)bytes.n, NULL));
        world->facts->uid = geteuid();
        world->facts->xauthority = g_steal_pointer(&xauthority);
        world->facts->hostname = g_strdup("here");
        world->facts->x_display = g_strdup("0");

        world->profile = (StoreProfile){ .app_id = (char *)"org.x.X",
                                         .label = (char *)"apps/x",
                                         .data_key = (char *)"org.x.X/apps,x/@default" };
        world->profile.data_dir = place_path(world->place, "home/.local/share/oriel/apps/org.x.X/apps,x/@default/home");
        world->mount =
                (PlanMount){ .kind = PLAN_MOUNT_BIND, .dest = (char *)"/home/u", .source = world->profile.data_dir };
        world->boxes[0] = (PlanBox){ .name = (char *)"keeper", .kind = PLAN_BOX_KEEPER };
        world->boxes[1] = (PlanBox){ .name = (char *)"app",
                                     .kind = PLAN_BOX_APP,
                                     .unshare = PLAN_NS_NET | PLAN_NS_MOUNT,
                                     .mounts = &world->mount,
                                     .n_mounts = 1 };
        world->app = (PlanProgram){ .name = (char *)"app",
                                    .box = 1,
                                    .app = true,
                                    .argv = app_argv,
                                    .envp = app_environment,
                                    .home = (char *)"/",
                                    .ready_fd = -1 };
        world->plan = (Plan){ .id = (char *)ID,
                              .app = (char *)"org.x.X",
                              .slots = default_slots,
                              .boxes = world->boxes,
                              .n_boxes = 2,
                              .programs = &world->app,
                              .n_programs = 1 };
        world->launch = (Launch){ .dirs = world->place->dirs,
                                  .profile = &world->profile,
                                  .facts = world->facts,
                                  .plan = &world->plan,
                                  .id = ID };
}

static void world_clear(World *world)
{
        g_free(world->profile.data_dir);
        host_facts_free(world->facts);
        place_free(world->place);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(World, world_clear)

static guint count(const Place *place, const char *path)
{
        g_autofree char *full = place_path(place, path);
        g_autoptr(GDir) directory = g_dir_open(full, 0, NULL);
        guint n = 0;

        while (directory != NULL && g_dir_read_name(directory) != NULL)
                n++;
        return n;
}

static void assert_fails(World *world, const char *engine, int code, const char *sentence)
{
        g_autoptr(GError) error = NULL;

        launch_exec(&world->launch, &world->request, engine, &error);
        g_assert_error(error, ORIEL_ERROR, code);
        if (strstr(error->message, sentence) == NULL)
                g_error("unexpected: %s", error->message);
}

static void assert_failed_clean(World *world, const char *engine, const char *sentence)
{
        assert_fails(world, engine, ORIEL_ERROR_FAILED, sentence);
        g_assert_cmpuint(count(world->place, INSTANCES), ==, 0);
        g_assert_cmpuint(count(world->place, LOGS), ==, 0);
}

static void test_no_engine(void)
{
        g_auto(World) world = { 0 };

        world_init(&world);
        assert_failed_clean(&world, "/nonexistent/oriel-engine", "/nonexistent/oriel-engine");
}

static void test_unknown_slot(void)
{
        static char *slots[] = { (char *)"mystery", NULL };
        g_auto(World) world = { 0 };

        world_init(&world);
        world.plan.slots = slots;
        assert_failed_clean(&world, "/proc/self/exe", "mystery");
}

static void test_bad_xauthority(void)
{
        g_auto(World) world = { 0 };
        g_autofree char *link = NULL;

        world_init(&world);
        place_write(world.place, "home/.Xauthority", "x");
        assert_failed_clean(&world, "/proc/self/exe", ".Xauthority: not an Xauthority file");
        link = place_path(world.place, "home/link");
        g_assert_cmpint(symlink(".Xauthority", link), ==, 0);
        g_free(world.facts->xauthority);
        world.facts->xauthority = g_steal_pointer(&link);
        assert_fails(&world, "/proc/self/exe", ORIEL_ERROR_INVALID, "symbolic link");
        g_assert_cmpuint(count(world.place, INSTANCES), ==, 0);
}

static void test_bad_data_dir(void)
{
        g_auto(World) world = { 0 };

        world_init(&world);
        place_write(world.place, "home/.local/share/oriel/apps/org.x.X/apps,x/@default/home", "a file");
        assert_failed_clean(&world, "/proc/self/exe", "not a directory of yours");
}

/* The id of another instance, or of one that is over and has its log still: nothing of it is touched. */
static void test_taken(void)
{
        g_auto(World) world = { 0 };

        world_init(&world);
        place_write(world.place, INSTANCES "/" ID "/info", "x");
        assert_fails(&world, "/proc/self/exe", ORIEL_ERROR_USAGE, ID);
        g_assert_cmpuint(count(world.place, INSTANCES "/" ID), ==, 1);
        g_assert_cmpuint(count(world.place, LOGS), ==, 0);
}

static void test_log_taken(void)
{
        g_auto(World) world = { 0 };

        world_init(&world);
        place_write(world.place, LOGS "/" ID ".jsonl", "x");
        assert_fails(&world, "/proc/self/exe", ORIEL_ERROR_USAGE, ID);
        g_assert_cmpuint(count(world.place, INSTANCES), ==, 0);
        g_assert_cmpuint(count(world.place, LOGS), ==, 1);
}

/* A plan that grants a portal: what it needs in $XDG_RUNTIME_DIR/.flatpak. */
static void grant_portal(World *world)
{
        static PlanMount mounts[2];

        mounts[0] = world->mount;
        mounts[1] = (PlanMount){
                .kind = PLAN_MOUNT_FILE, .dest = (char *)"/.flatpak-info", .content = (char *)"x", .n_content = 1
        };
        world->boxes[1].mounts = mounts;
        world->boxes[1].n_mounts = 2;
}

static void test_portal_taken(void)
{
        g_auto(World) world = { 0 };

        world_init(&world);
        grant_portal(&world);
        place_write(world.place, "run/.flatpak/43981/info", "x"); /* 0xabcd */
        assert_fails(&world, "/proc/self/exe", ORIEL_ERROR_USAGE, ID);
        g_assert_cmpuint(count(world.place, INSTANCES), ==, 0);
        g_assert_cmpuint(count(world.place, "run/.flatpak/43981"), ==, 1);
}

/* A link in place of the directory is not followed. */
static void test_portal_link(void)
{
        g_auto(World) world = { 0 };
        g_autofree char *link = NULL;

        world_init(&world);
        grant_portal(&world);
        link = place_path(world.place, "run/.flatpak");
        g_assert_cmpint(symlink("/tmp", link), ==, 0);
        assert_failed_clean(&world, "/proc/self/exe", ".flatpak: not a directory that only you can write");
}

static void test_portal_made(void)
{
        g_auto(World) world = { 0 };
        g_autofree char *path = NULL;
        struct stat is = { 0 };

        world_init(&world);
        grant_portal(&world);
        assert_failed_clean(&world, "/nonexistent/oriel-engine", "/nonexistent/oriel-engine");
        path = place_path(world.place, "run/.flatpak");
        g_assert_cmpint(stat(path, &is), ==, 0);
        g_assert_cmpint(is.st_mode & 07777, ==, 0700);
        g_assert_cmpuint(count(world.place, "run/.flatpak"), ==, 0);
}

/* ---- The engine's part ---- */

static int engine_fd(char **argv, const char *slot)
{
        g_autofree char *head = g_strconcat(slot, "=", NULL);

        for (char **word = argv; *word != NULL; word++)
                if (g_str_has_prefix(*word, head))
                        return atoi(*word + strlen(head));
        return -1;
}

static void say_open_files(void)
{
        for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
                if (fcntl(fd, F_GETFD) >= 0)
                        (void)printf("open %d\n", fd);
}

static void say_plan(int fd)
{
        CLEANUP(freep) char *bytes = NULL;
        CLEANUP(plan_freep) Plan *plan = NULL;
        size_t n = 0;
        int r = fd_read_all(fd, PLAN_MAX_BYTES, &bytes, &n);

        r = r == 0 ? plan_decode(&plan, NULL, bytes, n) : r;
        (void)printf("plan %d %s\n", r, plan != NULL ? plan->id : "-");
        (void)printf("sealed %d\n", write(fd, "x", 1) < 0 && errno == EPERM);
}

static void say_cookie(int fd, const char *slot, const char *number)
{
        CLEANUP(freep) char *bytes = NULL;
        XauthorityCookie cookie = { 0 };
        size_t n = 0;
        int r = fd_read_all(fd, XAUTHORITY_MAX_BYTES, &bytes, &n);

        r = r == 0 ? xauthority_find(&cookie, NULL, bytes, n, "other", number) : r;
        (void)printf("%s %d %zu %s\n", slot, r, cookie.n,
                     r == 0 && memcmp(cookie.bytes, COOKIE, MIN(cookie.n, strlen(COOKIE))) == 0 ? "known" : "new");
}

static int play_engine(char **argv, char **environment)
{
        char byte = 0;

        for (char **word = argv; *word != NULL; word++)
                (void)printf("argv %s\n", *word);
        for (char **pair = environment; *pair != NULL; pair++)
                (void)printf("env %s\n", *pair);
        say_open_files();
        g_assert_cmpuint(g_strv_length(argv), >, 3);
        say_plan(atoi(argv[3]));
        say_cookie(engine_fd(argv, "xauth-host"), "xauth-host", "0");
        say_cookie(engine_fd(argv, "xauth-inner"), "xauth-inner", "7");
        (void)printf("channel %d\n", (int)send(engine_fd(argv, "mediator-bus"), "m", 1, MSG_DONTWAIT));
        (void)printf("front %d\n", (int)recv(engine_fd(argv, "front-bus"), &byte, 1, MSG_DONTWAIT));
        (void)printf("end\n");
        (void)fflush(stdout);
        while (read(STDIN_FILENO, &byte, 1) > 0)
                continue;
        return 0;
}

/* ---- ---- */

/* What the engine said, up to "end". */
static GPtrArray *read_lines(int fd)
{
        GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
        FILE *stream = fdopen(fd, "r");
        char line[4096];

        while (fgets(line, sizeof line, stream) != NULL && strcmp(line, "end\n") != 0)
                g_ptr_array_add(lines, g_strdup(g_strchomp(line)));
        (void)fclose(stream);
        return lines;
}

static guint count_lines(const GPtrArray *lines, const char *head)
{
        guint n = 0;

        for (guint i = 0; i < lines->len; i++)
                n += g_str_has_prefix(lines->pdata[i], head);
        return n;
}

static void assert_line(const GPtrArray *lines, const char *want)
{
        for (guint i = 0; i < lines->len; i++)
                if (strcmp(lines->pdata[i], want) == 0)
                        return;
        g_error("the engine did not say: %s", want);
}

/* Forks a child that becomes the engine; descriptors of the caller are left open on purpose. */
static pid_t start(World *world, int *ret_stdin, int *ret_stdout)
{
        int in[2] = { -1, -1 }, out[2] = { -1, -1 };
        pid_t child = -1;

        g_assert_cmpint(pipe2(in, O_CLOEXEC), ==, 0);
        g_assert_cmpint(pipe2(out, O_CLOEXEC), ==, 0);
        child = fork();
        g_assert_cmpint(child, >=, 0);
        if (child == 0) {
                (void)dup2(in[0], STDIN_FILENO);
                (void)dup2(out[1], STDOUT_FILENO);
                (void)dup2(open("/", O_RDONLY), 40);
                (void)dup2(open("/", O_RDONLY), 900);
                (void)g_setenv("SECRET_TOKEN", "x", TRUE);
                (void)g_setenv("LD_LIBRARY_PATH", "/x", TRUE);
                (void)g_setenv("LANG", "C.UTF-8", TRUE);
                launch_exec(&world->launch, &world->request, "/proc/self/exe", NULL);
                _exit(99);
        }
        close(in[0]);
        close(out[1]);
        *ret_stdin = in[1];
        *ret_stdout = out[0];
        return child;
}

static void check_slots(const GPtrArray *lines, guint n_stdio)
{
        /* control, audit, logs, lock, instances, mediator-bus, front-bus, two cookies; and the plan.  No program writes
         * a log. */
        g_assert_cmpuint(count_lines(lines, "argv --fd"), ==, 9 + n_stdio);
        g_assert_cmpuint(count_lines(lines, "open "), ==, 10);
        assert_line(lines, "plan 0 " ID);
        assert_line(lines, "sealed 1");
        assert_line(lines, "xauth-host 0 16 known");
        assert_line(lines, "xauth-inner 0 16 new");
        assert_line(lines, "channel 1");
        assert_line(lines, "front 1");
        assert_line(lines, "env LANG=C.UTF-8");
        g_assert_cmpuint(count_lines(lines, "env SECRET"), ==, 0);
        g_assert_cmpuint(count_lines(lines, "env LD_"), ==, 0);
}

static void check_instance(World *world, pid_t child)
{
        g_autoptr(StoreInstance) instance = store_instances_find(world->place->dirs, ID, NULL);
        g_autofree char *control = place_path(world->place, INSTANCES "/" ID "/control");
        CLEANUP(fd_closep) int connection = store_instances_connect(world->place->dirs, ID, NULL);
        struct stat is = { 0 };

        g_assert_nonnull(instance);
        g_assert_true(instance->alive);
        g_assert_cmpint(instance->info.front_pid, ==, child);
        g_assert_cmpuint(instance->info.front_start, ==, instance_process_start(child));
        g_assert_cmpstr(instance->info.app, ==, "org.x.X");
        g_assert_cmpstr(instance->info.profile, ==, "apps/x");
        g_assert_cmpstr(instance->info.display, ==, "host :7");
        g_assert_cmpstr(instance->info.network, ==, "none");
        g_assert_cmpint(stat(control, &is), ==, 0);
        g_assert_true(S_ISSOCK(is.st_mode));
        g_assert_cmpint(is.st_mode & 07777, ==, 0600);
        g_assert_cmpint(connection, >=, 0);
        g_assert_cmpint(stat(world->profile.data_dir, &is), ==, 0);
        g_assert_cmpint(is.st_mode & 07777, ==, 0700);
}

static void test_run(gconstpointer data)
{
        gboolean no_wait = GPOINTER_TO_INT(data);
        g_auto(World) world = { 0 };
        g_autoptr(GPtrArray) lines = NULL, dead = NULL;
        CLEANUP(fd_closep) int in = -1;
        int out = -1, status = -1;
        pid_t child = -1;

        world_init(&world);
        world.request.no_wait = no_wait;
        world.request.no_daemon = no_wait;
        child = start(&world, &in, &out);
        lines = read_lines(out);
        check_slots(lines, no_wait ? 0 : 3);
        assert_line(lines, "argv oriel");
        g_assert_cmpuint(count_lines(lines, "argv --manager"), ==, no_wait ? 0 : 1);
        g_assert_cmpuint(count_lines(lines, "argv stdin=0"), ==, no_wait ? 0 : 1);
        check_instance(&world, child);

        in = fd_close(in);
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
        dead = store_instances_list(world.place->dirs, FALSE, NULL);
        g_assert_cmpuint(dead->len, ==, 0);
        g_assert_cmpuint(store_instances_reap(world.place->dirs), ==, 1);
}

/* A runtime directory whose path is longer than a socket's may be. */
static void test_long_path(void)
{
        g_auto(World) world = { 0 };
        g_autofree char *name = g_strnfill(120, 'r'), *run = NULL;
        g_autoptr(GPtrArray) lines = NULL;
        CLEANUP(fd_closep) int in = -1;
        int out = -1;
        pid_t child = -1;

        world_init(&world);
        run = place_path(world.place, name);
        g_assert_cmpint(mkdir(run, 0700), ==, 0);
        world.place->environment.xdg_runtime_dir = run;
        place_reopen(world.place);
        world.launch.dirs = world.place->dirs;
        child = start(&world, &in, &out);
        lines = read_lines(out);
        g_assert_cmpuint(count_lines(lines, "plan 0"), ==, 1);
        in = fd_close(in);
        g_assert_cmpint(waitpid(child, NULL, 0), ==, child);
}

static void test_guard_stdio(void)
{
        pid_t child = fork();
        int status = -1;

        if (child == 0) {
                close(0);
                close(2);
                fd_guard_stdio();
                _exit(fcntl(0, F_GETFD) < 0 || fcntl(2, F_GETFD) < 0 || fcntl(3, F_GETFD) >= 0 ||
                                      read(0, &status, 1) >= 0 || write(2, "", 1) >= 0
                              ? 1
                              : 0);
        }
        g_assert_cmpint(waitpid(child, &status, 0), ==, child);
        g_assert_cmpint(status, ==, 0);
}

int main(int argc, char **argv)
{
        if (argc > 3 && strcmp(argv[0], "oriel") == 0 && strcmp(argv[1], "run") == 0)
                return play_engine(argv, environ);
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/exec/no-engine", test_no_engine);
        g_test_add_func("/exec/unknown-slot", test_unknown_slot);
        g_test_add_func("/exec/bad-xauthority", test_bad_xauthority);
        g_test_add_func("/exec/bad-data-dir", test_bad_data_dir);
        g_test_add_func("/exec/taken", test_taken);
        g_test_add_func("/exec/log-taken", test_log_taken);
        g_test_add_func("/exec/portal-taken", test_portal_taken);
        g_test_add_func("/exec/portal-link", test_portal_link);
        g_test_add_func("/exec/portal-made", test_portal_made);
        g_test_add_data_func("/exec/wait", GINT_TO_POINTER(FALSE), test_run);
        g_test_add_data_func("/exec/no-wait", GINT_TO_POINTER(TRUE), test_run);
        g_test_add_func("/exec/long-path", test_long_path);
        g_test_add_func("/exec/guard-stdio", test_guard_stdio);
        return g_test_run();
}
