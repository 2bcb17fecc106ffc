/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asks this machine, with an invented environment and home: what is found there is what was put there. */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "facts/facts.h"

typedef struct Fixture {
        char *top, *home, *runtime; /* canonical */
        GStrv environment;
} Fixture;

static void make_socket(const char *directory, const char *name)
{
        CLEANUP(fd_closep) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        g_autofree char *path = g_build_filename(directory, name, NULL), *parent = g_path_get_dirname(path);

        g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
        g_assert_cmpuint(strlen(path), <, sizeof address.sun_path);
        strcpy(address.sun_path, path);
        g_assert_cmpint(bind(fd, (struct sockaddr *)&address, sizeof address), ==, 0);
}

static void make_file(const char *directory, const char *name, const char *text)
{
        g_autofree char *path = g_build_filename(directory, name, NULL), *parent = g_path_get_dirname(path);

        g_assert_cmpint(g_mkdir_with_parents(parent, 0700), ==, 0);
        g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void set_up(Fixture *fixture, gconstpointer data)
{
        g_autofree char *top = g_dir_make_tmp("facts-XXXXXX", NULL), *link = NULL;

        (void)data;
        fixture->top = g_canonicalize_filename(top, NULL);
        fixture->home = g_build_filename(fixture->top, "home", NULL);
        fixture->runtime = g_build_filename(fixture->top, "run", NULL);
        g_assert_cmpint(g_mkdir(fixture->home, 0700), ==, 0);
        g_assert_cmpint(g_mkdir(fixture->runtime, 0700), ==, 0);
        link = g_build_filename(fixture->top, "link", NULL);
        g_assert_cmpint(symlink("home", link), ==, 0);
        fixture->environment = g_environ_setenv(NULL, "HOME", link, TRUE);
        fixture->environment = g_environ_setenv(fixture->environment, "XDG_RUNTIME_DIR", fixture->runtime, TRUE);
}

static void remove_tree(const char *path)
{
        g_autoptr(GDir) directory = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
        const char *name;

        while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
                g_autofree char *below = g_build_filename(path, name, NULL);

                remove_tree(below);
        }
        (void)g_remove(path);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
        (void)data;
        remove_tree(fixture->top);
        g_free(fixture->top);
        g_free(fixture->home);
        g_free(fixture->runtime);
        g_strfreev(fixture->environment);
}

static HostFacts *gather(Fixture *fixture)
{
        return facts_gather_basics((const char *const *)fixture->environment, NULL);
}

static void assert_below(const char *path, const char *directory, const char *name)
{
        g_autofree char *want = g_build_filename(directory, name, NULL);

        g_assert_cmpstr(path, ==, want);
}

static void test_nothing(Fixture *fixture, gconstpointer data)
{
        g_autoptr(HostFacts) facts = gather(fixture);

        (void)data;
        g_assert_cmpstr(facts->home, ==, fixture->home);
        g_assert_cmpstr(facts->runtime_dir, ==, fixture->runtime);
        g_assert_cmpuint(facts->uid, ==, getuid());
        g_assert_nonnull(facts->user);
        g_assert_cmpuint(facts->kernel_major, >=, 5);
        g_assert_null(facts->x_display);
        g_assert_null(facts->x_socket);
        g_assert_null(facts->wayland_socket);
        g_assert_null(facts->session_bus);
        g_assert_null(facts->session_bus_abstract);
        g_assert_null(facts->pulse_socket);
        g_assert_null(facts->pipewire_socket);
        g_assert_null(facts->ssh_auth_socket);
        g_assert_null(facts->gpg_agent_socket);
        g_assert_cmpuint(g_hash_table_size(facts->env), ==, 0);
}

static void test_all(Fixture *fixture, gconstpointer data)
{
        g_autofree char *agent = g_build_filename(fixture->top, "agent", NULL);
        g_autoptr(HostFacts) facts = NULL;

        (void)data;
        make_socket(fixture->runtime, "bus");
        make_socket(fixture->runtime, "wayland-1");
        make_socket(fixture->runtime, "pulse/native");
        make_socket(fixture->runtime, "pipewire-0");
        make_socket(fixture->top, "agent");
        make_socket(fixture->home, ".gnupg/S.gpg-agent");
        make_file(fixture->home, ".config/user-dirs.dirs", "XDG_DOWNLOAD_DIR=\"$HOME/In\"\n");
        fixture->environment = g_environ_setenv(fixture->environment, "SSH_AUTH_SOCK", agent, TRUE);
        fixture->environment = g_environ_setenv(fixture->environment, "WAYLAND_DISPLAY", "wayland-1", TRUE);
        fixture->environment =
                g_environ_setenv(fixture->environment, "DBUS_SESSION_BUS_ADDRESS", "unix:runtime=yes", TRUE);
        fixture->environment = g_environ_setenv(fixture->environment, "LANG", "C", TRUE);
        fixture->environment = g_environ_setenv(fixture->environment, "AWS_SECRET_ACCESS_KEY", "x", TRUE);
        facts = gather(fixture);
        assert_below(facts->session_bus, fixture->runtime, "bus");
        assert_below(facts->wayland_socket, fixture->runtime, "wayland-1");
        assert_below(facts->pulse_socket, fixture->runtime, "pulse/native");
        assert_below(facts->pipewire_socket, fixture->runtime, "pipewire-0");
        assert_below(facts->ssh_auth_socket, fixture->top, "agent");
        assert_below(facts->gpg_agent_socket, fixture->home, ".gnupg/S.gpg-agent");
        assert_below(g_hash_table_lookup(facts->xdg_dirs, "download"), fixture->home, "In");
        g_assert_cmpstr(host_facts_env(facts, "LANG"), ==, "C");
        g_assert_cmpuint(g_hash_table_size(facts->env), ==, 1);
}

static char *accessibility(Fixture *fixture, const char *name, const char *value)
{
        g_autoptr(HostFacts) facts = NULL;

        if (name != NULL)
                fixture->environment = g_environ_setenv(fixture->environment, name, value, TRUE);
        facts = gather(fixture);
        return g_strdup(facts->accessibility_bus);
}

/* That of the display, else the one without; what the environment says wins, though nothing be there. */
static void test_accessibility(Fixture *fixture, gconstpointer data)
{
        g_autofree char *none = accessibility(fixture, NULL, NULL), *plain = NULL, *shown = NULL, *other = NULL;
        g_autofree char *said = NULL, *lost = NULL, *address = NULL;

        (void)data;
        g_assert_null(none);
        make_socket(fixture->runtime, "at-spi/bus");
        make_socket(fixture->runtime, "at-spi/bus_7");
        make_socket(fixture->top, "a11y");
        plain = accessibility(fixture, NULL, NULL);
        assert_below(plain, fixture->runtime, "at-spi/bus");
        shown = accessibility(fixture, "DISPLAY", ":7.0");
        assert_below(shown, fixture->runtime, "at-spi/bus_7");
        other = accessibility(fixture, "DISPLAY", ":8");
        assert_below(other, fixture->runtime, "at-spi/bus");
        address = g_strdup_printf("unix:path=%s/a11y,guid=00", fixture->top);
        said = accessibility(fixture, "AT_SPI_BUS_ADDRESS", address);
        assert_below(said, fixture->top, "a11y");
        lost = accessibility(fixture, "AT_SPI_BUS_ADDRESS", "unix:abstract=/x");
        g_assert_null(lost);
}

static void test_pulse_settings(Fixture *fixture, gconstpointer data)
{
        g_autofree char *server = g_strdup_printf("# x\n default-server = {0123}unix:%s/p  \n", fixture->top);
        g_autoptr(HostFacts) facts = NULL;

        (void)data;
        make_socket(fixture->top, "p");
        make_file(fixture->home, ".config/pulse/client.conf", server);
        facts = gather(fixture);
        assert_below(facts->pulse_socket, fixture->top, "p");
}

/* Others could have put sockets there. */
static void test_open_runtime_dir(Fixture *fixture, gconstpointer data)
{
        g_autoptr(HostFacts) facts = NULL;

        (void)data;
        make_socket(fixture->runtime, "bus");
        g_assert_cmpint(g_chmod(fixture->runtime, 0755), ==, 0);
        facts = gather(fixture);
        g_assert_null(facts->runtime_dir);
        g_assert_null(facts->session_bus);
}

static void test_abstract_bus(Fixture *fixture, gconstpointer data)
{
        g_autoptr(HostFacts) facts = NULL;

        (void)data;
        fixture->environment = g_environ_setenv(fixture->environment, "DBUS_SESSION_BUS_ADDRESS",
                                                "unix:abstract=/tmp/dbus-x,guid=00", TRUE);
        facts = gather(fixture);
        g_assert_null(facts->session_bus);
        g_assert_cmpstr(facts->session_bus_abstract, ==, "/tmp/dbus-x");
}

static void test_wanted(Fixture *fixture, gconstpointer data)
{
        g_autoptr(HostFacts) facts = gather(fixture);
        g_autoptr(PlannerWants) wants = planner_wants_new();
        g_autofree char *image = g_build_filename(fixture->top, "image", NULL);
        g_autofree char *link = g_build_filename(fixture->top, "link", NULL);
        g_autofree char *gone = g_build_filename(fixture->top, "gone", NULL);

        (void)data;
        g_assert_true(g_file_set_contents(image, "hsqs, and then nothing of what follows in a file system", -1, NULL));
        g_hash_table_add(wants->paths, g_strdup(link));
        g_hash_table_add(wants->paths, g_strdup(gone));
        g_hash_table_add(wants->paths, g_strdup("/dev/null"));
        g_hash_table_add(wants->programs, g_strdup("sh"));
        g_hash_table_add(wants->programs, g_strdup("no-such-program"));
        g_hash_table_add(wants->images, g_strdup(image));
        g_hash_table_add(wants->images, g_strdup(gone));
        g_hash_table_add(wants->images, g_strdup("/dev/null"));
        facts_gather_wanted(facts, wants, (const char *const *)fixture->environment, NULL);
        g_assert_cmpint(host_facts_path_kind(facts, link), ==, FACTS_PATH_SYMLINK);
        g_assert_cmpstr(host_facts_path(facts, link)->link, ==, "home");
        g_assert_cmpstr(host_facts_path(facts, link)->canonical, ==, fixture->home);
        g_assert_cmpint(host_facts_path_kind(facts, fixture->home), ==, FACTS_PATH_DIRECTORY);
        g_assert_cmpuint(host_facts_path(facts, fixture->home)->owner, ==, getuid());
        g_assert_cmpint(host_facts_path_kind(facts, gone), ==, FACTS_PATH_ABSENT);
        g_assert_cmpint(host_facts_path_kind(facts, "/dev/null"), ==, FACTS_PATH_DEVICE);
        g_assert_true(g_str_has_suffix(host_facts_program(facts, "sh"), "/sh"));
        g_assert_null(host_facts_program(facts, "no-such-program"));
        g_assert_cmpint(host_facts_image(facts, image)->code, ==, ELF_IMAGE_CUT);
        g_assert_null(host_facts_image(facts, gone));
        g_assert_cmpint(host_facts_image(facts, "/dev/null")->code, ==, ELF_IMAGE_NONE);
        g_assert_cmpint(g_unlink(image), ==, 0);
}

/* What is asked for by a way with links or ".." in it has one canonical form, and so has its neighbour. */
static void test_wanted_directories(Fixture *fixture, gconstpointer data)
{
        static const char *const below[] = { "link/one", "home/one", "link/two", "home/../home/one", "link/one/" };
        g_autoptr(HostFacts) facts = gather(fixture);
        g_autoptr(PlannerWants) wants = planner_wants_new();
        g_autofree char *one = g_build_filename(fixture->home, "one", NULL);
        g_autofree char *two = g_build_filename(fixture->home, "two", NULL);
        g_autofree char *up = g_build_filename(one, "..", NULL);

        (void)data;
        g_assert_cmpint(g_mkdir(one, 0700), ==, 0);
        g_assert_true(g_file_set_contents(two, "", 0, NULL));
        for (gsize i = 0; i < G_N_ELEMENTS(below); i++)
                g_hash_table_add(wants->paths, g_build_filename(fixture->top, below[i], NULL));
        g_hash_table_add(wants->paths, g_strdup(up));
        g_hash_table_add(wants->paths, g_strdup("/"));
        facts_gather_wanted(facts, wants, (const char *const *)fixture->environment, NULL);
        for (gsize i = 0; i < G_N_ELEMENTS(below); i++) {
                g_autofree char *path = g_build_filename(fixture->top, below[i], NULL);

                g_assert_cmpstr(host_facts_path(facts, path)->canonical, ==, i == 2 ? two : one);
        }
        g_assert_cmpstr(host_facts_path(facts, up)->canonical, ==, fixture->home);
        g_assert_cmpstr(host_facts_path(facts, "/")->canonical, ==, "/");
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
#define ADD(name, function) g_test_add("/gather/" name, Fixture, NULL, set_up, function, tear_down)
        ADD("nothing", test_nothing);
        ADD("all", test_all);
        ADD("pulse-settings", test_pulse_settings);
        ADD("open-runtime-dir", test_open_runtime_dir);
        ADD("abstract-bus", test_abstract_bus);
        ADD("accessibility", test_accessibility);
        ADD("wanted", test_wanted);
        ADD("wanted-directories", test_wanted_directories);
        return g_test_run();
}
