/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Roots of boxes: each kind of mount, in both ways of building, and what an app may have planted in their way. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "box-test.h"

static PlanMount *content(Plan *plan, const char *dest, const char *text)
{
        PlanMount *mount = box_test_mount(plan, "app", PLAN_MOUNT_FILE, dest, NULL);

        mount->content = g_strdup(text);
        mount->n_content = strlen(text);
        mount->mode = 0444;
        return mount;
}

/* The directory `name` of the throwaway user's, empty. */
static char *fresh(const char *name)
{
        char *path = box_test_path(name);
        g_autofree char *command = g_strdup_printf("rm -rf '%s'", path);

        g_assert_cmpint(system(command), ==, 0);
        g_assert_cmpint(g_mkdir(path, 0755), ==, 0);
        return path;
}

static void put(const char *directory, const char *name, const char *text)
{
        g_autofree char *path = g_build_filename(directory, name, NULL);

        g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void assert_file(const char *directory, const char *name, const char *text)
{
        g_autofree char *path = g_build_filename(directory, name, NULL), *have = NULL;

        (void)g_file_get_contents(path, &have, NULL, NULL);
        g_assert_cmpstr(have, ==, text);
}

static PlanMount *persistent(Plan *plan, const char *host, const char *dest, uint32_t flags)
{
        PlanMount *mount = box_test_mount(plan, "app", PLAN_MOUNT_BIND, dest, host);

        mount->source_root = g_strdup(host);
        mount->flags = flags | PLAN_MOUNT_RW;
        return mount;
}

typedef void (*Prepare)(Plan *plan);

static void make_file(Plan *plan)
{
        (void)content(plan, "/.flatpak-info", "[Application]\n");
        (void)content(plan, "/etc/hostname", "boxed-name\n");
}

static void make_writable_file(Plan *plan)
{
        content(plan, "/run/settings", "old\n")->flags = PLAN_MOUNT_RW;
}

static void make_link(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_SYMLINK, "/var/run", "/run");
        (void)content(plan, "/var/run/deep/er/file", "through a link\n");
}

static void make_relative_link(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_DIR, "/a/b", NULL);
        (void)box_test_mount(plan, "app", PLAN_MOUNT_SYMLINK, "/a/b/up", "../../../../run");
        (void)content(plan, "/a/b/up/file", "in the root\n");
}

static void make_link_loop(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_SYMLINK, "/one", "/two");
        (void)box_test_mount(plan, "app", PLAN_MOUNT_SYMLINK, "/two", "/one");
        (void)content(plan, "/one/file", "");
}

static void make_masks(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_MASK, "/etc/passwd", NULL);
        (void)box_test_mount(plan, "app", PLAN_MOUNT_MASK, "/usr/share", NULL);
        (void)box_test_mount(plan, "app", PLAN_MOUNT_MASK, "/usr/not/there", NULL);
        (void)box_test_mount(plan, "app", PLAN_MOUNT_MASK, "/proc/keys", NULL);
}

static void make_read_only(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_RO, "/dev", NULL);
        (void)box_test_mount(plan, "app", PLAN_MOUNT_RO, "/", NULL);
}

static void make_small_tmpfs(Plan *plan)
{
        PlanMount *mount = box_test_mount(plan, "app", PLAN_MOUNT_TMPFS, "/small", NULL);

        mount->size = 64 * 1024;
        mount->mode = 0700;
        mount->flags = PLAN_MOUNT_NOEXEC;
}

static void make_pinned(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_TMPFS, "/home/me", NULL);
        (void)content(plan, "/home/me/way/to/file", "kept\n");
        (void)box_test_mount(plan, "app", PLAN_MOUNT_SYMLINK, "/home/me/link", "way");
        for (size_t i = 0; i < 3; i++) {
                static const char *const paths[] = { "/home/me/link", "/home/me/way", "/home/me/way/to" };
                PlanMount *mount = box_test_mount(plan, "app", PLAN_MOUNT_BIND, paths[i], NULL);

                mount->flags = PLAN_MOUNT_PIN | PLAN_MOUNT_RW;
        }
        box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/home/me/none", NULL)->flags =
                PLAN_MOUNT_PIN | PLAN_MOUNT_OPTIONAL;
}

static void make_optional(Plan *plan)
{
        box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/x", "/no/such/source")->flags = PLAN_MOUNT_OPTIONAL;
}

static void make_missing(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/x", "/no/such/source");
}

static void make_below_host(Plan *plan)
{
        (void)content(plan, "/usr/no-such-directory/file", "");
}

static void make_directory_over_file(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_TMPFS, "/etc/passwd", NULL);
}

static void make_many(Plan *plan)
{
        for (int i = 0; i < 300; i++) {
                g_autofree char *dest = g_strdup_printf("/many/%d", i);

                (void)box_test_mount(plan, "app", PLAN_MOUNT_BIND, dest, "/usr/bin");
        }
}

static void make_many_files(Plan *plan)
{
        box_test_mount(plan, "app", PLAN_MOUNT_TMPFS, "/small", NULL)->size = 64 * 1024;
}

static void make_modes(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_DIR, "/a/b", NULL);
        content(plan, "/a/file", "")->flags = PLAN_MOUNT_RW;
        box_test_mount(plan, "app", PLAN_MOUNT_CHMOD, "/a/b", NULL)->mode = 01705;
        box_test_mount(plan, "app", PLAN_MOUNT_CHMOD, "/a/file", NULL)->mode = 0604;
        box_test_mount(plan, "app", PLAN_MOUNT_CHMOD, "/a", NULL)->mode = 0711;
}

static void make_mode_of_host(Plan *plan)
{
        (void)box_test_mount(plan, "app", PLAN_MOUNT_SYMLINK, "/a/way", "/usr/share");
        box_test_mount(plan, "app", PLAN_MOUNT_CHMOD, "/a/way", NULL)->mode = 0777;
}

static void make_mode_of_nothing(Plan *plan)
{
        box_test_mount(plan, "app", PLAN_MOUNT_CHMOD, "/none", NULL)->mode = 0777;
}

static PlanMount *proc_of(Plan *plan)
{
        PlanBox *box = box_test_box(plan, "app");

        for (size_t i = 0; i < box->n_mounts; i++)
                if (box->mounts[i].kind == PLAN_MOUNT_PROC)
                        return &box->mounts[i];
        g_assert_not_reached();
}

static void make_pids_only(Plan *plan)
{
        proc_of(plan)->flags = PLAN_MOUNT_PIDS_ONLY;
}

static void make_hide_pids(Plan *plan)
{
        proc_of(plan)->flags = PLAN_MOUNT_PIDS_ONLY | PLAN_MOUNT_HIDE_PIDS;
}

static void make_writable_root(Plan *plan)
{
        box_test_box(plan, "app")->mounts[0].flags = PLAN_MOUNT_RW;
}

static void make_no_device(Plan *plan)
{
        box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/dev/zero-without", "/dev/zero")->flags = 0;
}

static const struct Row {
        const char *path;
        Prepare prepare;
        const char *script, *output;
        const char *step, *object; /* instead: the error */
        int error;
} rows[] = {
        { .path = "/mounts/file",
          make_file,
          "cat /.flatpak-info /etc/hostname; (echo x >/.flatpak-info) 2>/dev/null || echo ro; stat -c %a "
          "/.flatpak-info",
          "[Application]\nboxed-name\nro\n444\n" },
        { .path = "/mounts/writable-file",
          make_writable_file,
          "cat /run/settings; chmod u+w /run/settings; echo new >/run/settings; cat /run/settings",
          "old\nnew\n" },
        { .path = "/mounts/link", make_link, "cat /run/deep/er/file; readlink /var/run", "through a link\n/run\n" },
        { .path = "/mounts/relative-link", make_relative_link, "cat /run/file", "in the root\n" },
        { .path = "/mounts/link-loop", make_link_loop, "", .step = "file", .object = "/one/file", .error = ELOOP },
        { .path = "/mounts/mask",
          make_masks,
          "wc -c </etc/passwd; ls -A /usr/share | wc -l; (touch /usr/share/x) 2>/dev/null || echo ro; wc -c "
          "</proc/keys",
          "0\n0\nro\n0\n" },
        { .path = "/mounts/read-only",
          make_read_only,
          "for d in / /dev; do (touch $d/x) 2>/dev/null || echo ro; done; touch /tmp/x && echo x >/dev/null && echo rw",
          "ro\nro\nrw\n" },
        { .path = "/mounts/small-tmpfs",
          make_small_tmpfs,
          "stat -c %a /small; (head -c 100000 /dev/zero >/small/f) 2>/dev/null || echo full; cp /bin/true /run/t && "
          "/run/t && rm /small/f && head -c 100 /bin/true >/small/t && chmod 755 /small/t && /small/t 2>&1 | grep -o "
          "denied",
          "700\nfull\ndenied\n" },
        { .path = "/mounts/many-files",
          make_many_files,
          "cd /small; (seq 1 5000 | xargs touch) 2>/dev/null || ls | wc -l",
          "4159\n" },
        { .path = "/mounts/writable-root", make_writable_root, "echo x >/new && cat /new", "x\n" },
        { .path = "/mounts/modes", make_modes, "stat -c %a /a /a/b /a/file", "711\n1705\n604\n" },
        { .path = "/mounts/mode-of-host", make_mode_of_host, "", .step = "mode", .object = "/a/way", .error = EPERM },
        { .path = "/mounts/mode-of-nothing",
          make_mode_of_nothing,
          "",
          .step = "mode",
          .object = "/none",
          .error = ENOENT },
        { .path = "/mounts/pids-only",
          make_pids_only,
          "test -d /proc/self && test ! -e /proc/meminfo && echo alone",
          "alone\n" },
        { .path = "/mounts/hide-pids",
          make_hide_pids,
          "test ! -e /proc/meminfo && grep -o hidepid=invisible /proc/self/mounts",
          "hidepid=invisible\n" },
        { .path = "/mounts/pinned",
          make_pinned,
          "cd /home/me; for x in way way/to link; do mv $x other 2>/dev/null || echo held; done; rm link 2>/dev/null "
          "|| "
          "echo held; touch way/new way/to/new link/newer && cat link/to/file",
          "held\nheld\nheld\nheld\nkept\n" },
        { .path = "/mounts/optional", make_optional, "test -e /srv || echo none", "none\n" },
        { .path = "/mounts/missing", make_missing, "", .step = "bind", .object = "/no/such/source", .error = ENOENT },
        { .path = "/mounts/below-host",
          make_below_host,
          "",
          .step = "file",
          .object = "/usr/no-such-directory/file",
          .error = ENOENT },
        { .path = "/mounts/over-file",
          make_directory_over_file,
          "",
          .step = "mount point",
          .object = "/etc/passwd",
          .error = ENOTDIR },
        { .path = "/mounts/many", make_many, "ls /many | wc -l; test -x /many/299/true && echo there", "300\nthere\n" },
        { .path = "/mounts/no-device", make_no_device, "(head -c1 /dev/zero-without) 2>/dev/null || echo no", "no\n" },
        { .path = "/mounts/nosuid-nodev",
          NULL,
          "cut -d' ' -f2,4 /proc/mounts | while read where flags; do "
          "case $flags in *nosuid*) ;; *) echo $where lacks nosuid;; esac; "
          "case $where in /dev/*) ;; *) case $flags in *nodev*) ;; *) echo $where lacks nodev;; esac;; esac; done",
          "" },
        { .path = "/mounts/dev-modes",
          NULL,
          "stat -c %a /dev; stat -c %A /dev/pts /dev/shm; echo x >/dev/null && echo ok",
          "755\ndrwxr-xr-x\ndrwxrwxrwt\nok\n" },
        { .path = "/mounts/remount",
          NULL,
          "mount -o remount,rw /usr 2>/dev/null || umount /etc 2>/dev/null || echo refused",
          "refused\n" },
};

static void test_row(const void *data)
{
        const struct Row *row = data;

        for (int staging = 0; staging < 2; staging++) {
                Plan *plan = box_test_plan(row->script);
                g_autoptr(BoxRun) run = NULL;

                if (row->prepare != NULL)
                        row->prepare(plan);
                run = box_run(plan, staging == 1);
                g_assert_cmpstr(run->step, ==, row->step);
                g_assert_cmpstr(run->object, ==, row->object);
                g_assert_cmpint(run->error, ==, row->error);
                g_assert_cmpstr(run->output->str, ==, row->output == NULL ? "" : row->output);
        }
}

static void write_proc(const char *path, const char *text)
{
        CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

        g_assert_cmpint(fd_write_all(fd, text, strlen(text)), ==, 0);
}

/* A mount below a read-only bind is read-only too, and comes along.  Made in namespaces of this test's own. */
static void test_submount(void)
{
        g_autofree char *host = fresh("bound"), *below = g_build_filename(host, "below", NULL);
        uid_t uid = getuid();
        int status = 1;
        pid_t pid = fork();

        if (pid == 0) {
                g_autofree char *map = g_strdup_printf("%u %u 1\n", uid, uid);

                g_assert_cmpint(unshare(CLONE_NEWUSER | CLONE_NEWNS), ==, 0);
                write_proc("/proc/self/uid_map", map);
                write_proc("/proc/self/setgroups", "deny\n");
                write_proc("/proc/self/gid_map", map);
                g_assert_cmpint(g_mkdir(below, 0755), ==, 0);
                g_assert_cmpint(mount("tmpfs", below, "tmpfs", 0, NULL), ==, 0);
                put(below, "file", "in the submount\n");
                for (int staging = 0; staging < 2; staging++) {
                        Plan *plan = box_test_plan("cat /srv/x/below/file; (touch /srv/x/below/new) 2>/dev/null || "
                                                   "echo ro; (touch /srv/y/below/new) 2>/dev/null || echo ro; "
                                                   "touch /srv/y/new && echo rw");
                        g_autoptr(BoxRun) run = NULL;

                        (void)box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/x", host);
                        /* The same, writable, but for the submount. */
                        box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/y", host)->flags = PLAN_MOUNT_RW;
                        (void)box_test_mount(plan, "app", PLAN_MOUNT_RO, "/srv/y/below", NULL);
                        run = box_run(plan, staging == 1);
                        g_assert_cmpstr(run->output->str, ==, "in the submount\nro\nro\nrw\n");
                }
                _exit(0);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(status, ==, 0);
}

/* A persistent home: made where missing, 0700; mount points in it are made there; the rest of the host stays as it is.
 */
static void test_home(void)
{
        g_autofree char *data = fresh("data"), *dir = g_build_filename(data, "apps/one/home", NULL);
        struct stat st = { 0 };

        for (int staging = 0; staging < 2; staging++) {
                Plan *plan = box_test_plan("touch ~/kept && cat ~/deep/dir/file && stat -c %a ~");
                PlanMount *home = persistent(plan, dir, "/home/me", PLAN_MOUNT_CREATE);
                g_autoptr(BoxRun) run = NULL;

                g_free(home->source_root);
                home->source_root = g_strdup(data);
                (void)content(plan, "/home/me/deep/dir/file", "covered\n");
                run = box_run(plan, staging == 1);
                g_assert_cmpstr(run->step, ==, NULL);
                g_assert_cmpstr(run->output->str, ==, "covered\n700\n");
        }
        g_assert_cmpint(stat(dir, &st), ==, 0);
        g_assert_cmpint(st.st_mode & 0777, ==, 0700);
        assert_file(dir, "kept", "");
        assert_file(dir, "deep/dir/file", "");
}

/* What an app left in its home for the next start: links to where the launcher would then do its work. */
static const struct Planted {
        const char *path;
        const char *plant; /* by a shell, in the home */
        const char *dest;
        int error;
} planted[] = {
        { "/mounts/planted/parent", "ln -s ../outside deep", "/home/me/deep/file", ELOOP },
        { "/mounts/planted/absolute", "ln -s \"$OUTSIDE\" deep", "/home/me/deep/file", ELOOP },
        { "/mounts/planted/last", "mkdir deep; ln -s \"$OUTSIDE/victim\" deep/file", "/home/me/deep/file", ELOOP },
        { "/mounts/planted/dangling", "ln -s /tmp/nowhere deep", "/home/me/deep/file", ELOOP },
        { "/mounts/planted/proc-root", "ln -s /proc/self/root/tmp deep", "/home/me/deep/file", ELOOP },
        { "/mounts/planted/proc-fd", "ln -s /proc/self/fd/3 deep", "/home/me/deep/file", ELOOP },
        { "/mounts/planted/file-for-directory", "touch deep", "/home/me/deep/file", ENOTDIR },
        { "/mounts/planted/directory-for-file", "mkdir -p deep/file", "/home/me/deep/file", EISDIR },
        { "/mounts/planted/fifo", "mkdir deep; mkfifo deep/file", "/home/me/deep/file", 0 },
        { "/mounts/planted/loop", "ln -s deep deep", "/home/me/deep/file", ELOOP },
};

static void test_planted(const void *data)
{
        const struct Planted *row = data;

        for (int staging = 0; staging < 2; staging++) {
                g_autofree char *home = fresh("home"), *outside = fresh("outside");
                g_autofree char *command = g_strdup_printf("cd '%s'; OUTSIDE='%s'; %s", home, outside, row->plant);
                Plan *plan = box_test_plan("cat ~/deep/file");
                g_autoptr(BoxRun) run = NULL;
                g_autoptr(GDir) left = NULL;

                put(outside, "victim", "untouched\n");
                g_assert_cmpint(system(command), ==, 0);
                (void)persistent(plan, home, "/home/me", 0);
                (void)content(plan, row->dest, "ours\n");
                run = box_run(plan, staging == 1);
                g_assert_cmpint(run->error, ==, row->error);
                if (row->error != 0)
                        g_assert_cmpstr(run->object, ==, row->dest);
                else
                        g_assert_cmpstr(run->output->str, ==, "ours\n");
                assert_file(outside, "victim", "untouched\n");
                left = g_dir_open(outside, 0, NULL);
                g_assert_cmpstr(g_dir_read_name(left), ==, "victim");
                g_assert_null(g_dir_read_name(left));
        }
}

/* The persistent directory itself, or one above it, replaced by a link. */
static void test_source_link(void)
{
        g_autofree char *data = fresh("data"), *outside = fresh("outside");
        g_autofree char *link = g_build_filename(data, "home", NULL);
        static const char *const below[] = { "home", "home/deeper" };

        g_assert_cmpint(symlink(outside, link), ==, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(below); i++)
                for (uint32_t flags = 0; flags <= PLAN_MOUNT_CREATE; flags += PLAN_MOUNT_CREATE) {
                        Plan *plan = box_test_plan("touch ~/escaped");
                        g_autofree char *source = g_build_filename(data, below[i], NULL);
                        PlanMount *home = persistent(plan, source, "/home/me", flags);
                        g_autoptr(BoxRun) run = NULL;

                        g_free(home->source_root);
                        home->source_root = g_strdup(data);
                        run = box_run(plan, FALSE);
                        g_assert_cmpstr(run->step, ==, "bind");
                        g_assert_cmpint(run->error, ==, ELOOP);
                }
        g_assert_cmpint(g_rmdir(outside), ==, 0);
}

/* In a granted directory of the host's nothing is made, and no link of the user's own is followed. */
static void test_grant(void)
{
        g_autofree char *grant = fresh("grant"), *link = g_build_filename(grant, "l", NULL);
        static const char *const dests[] = { "/srv/g/new/file", "/srv/g/l/file" };
        const int errors[] = { ENOENT, ELOOP };

        g_assert_cmpint(symlink("/run", link), ==, 0);
        for (gsize i = 0; i < G_N_ELEMENTS(dests); i++) {
                Plan *plan = box_test_plan("true");
                g_autoptr(BoxRun) run = NULL;

                box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/g", grant)->flags = PLAN_MOUNT_RW;
                (void)content(plan, dests[i], "");
                run = box_run(plan, FALSE);
                g_assert_cmpint(run->error, ==, errors[i]);
                g_assert_cmpstr(run->object, ==, dests[i]);
        }
        g_assert_cmpint(g_unlink(link), ==, 0);
        g_assert_cmpint(g_rmdir(grant), ==, 0);
}

/* A pinned directory can be neither moved nor removed, and can be written where the plan says so. */
static void test_pin(void)
{
        for (int staging = 0; staging < 2; staging++) {
                g_autofree char *grant = fresh("grant"), *pinned = g_build_filename(grant, "pinned", NULL);
                Plan *plan = box_test_plan("cd /srv/g; mv pinned x 2>/dev/null || echo stays; "
                                           "(touch pinned/x) 2>/dev/null || echo ro; touch y && echo rw");
                g_autoptr(BoxRun) run = NULL;

                g_assert_cmpint(g_mkdir(pinned, 0755), ==, 0);
                box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/g", grant)->flags = PLAN_MOUNT_RW;
                box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/g/pinned", NULL)->flags = PLAN_MOUNT_PIN;
                box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/g/none", NULL)->flags =
                        PLAN_MOUNT_PIN | PLAN_MOUNT_OPTIONAL;
                run = box_run(plan, staging == 1);
                g_assert_cmpstr(run->step, ==, NULL);
                g_assert_cmpstr(run->output->str, ==, "stays\nro\nrw\n");
        }
}

/* A slot's content in several boxes, and a slot's object as a bind. */
static void test_slots(void)
{
        g_autofree char *dir = fresh("slot");
        CLEANUP(fd_closep) int secret = fd_sealed_memfd("test", "cookie\n", 7), object = -1;
        Plan *plan = box_test_tree("cat /run/secret; cat /srv/object/file");
        PlanMount *mount;
        EngineFd fds[2];
        g_autoptr(BoxRun) run = NULL;

        put(dir, "file", "by descriptor\n");
        object = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        for (gsize i = 0; i < 2; i++) {
                mount = box_test_mount(plan, i == 0 ? "companions" : "app", PLAN_MOUNT_FILE, "/run/secret", NULL);
                mount->slot = g_strdup("secret");
                mount->mode = 0400;
        }
        mount = box_test_mount(plan, "app", PLAN_MOUNT_BIND, "/srv/object", NULL);
        mount->slot = g_strdup("object");
        fds[0] = (EngineFd){ "secret", secret };
        fds[1] = (EngineFd){ "object", object };
        run = box_run_start(plan, FALSE, fds, 2);
        box_run_finish(run);
        g_assert_cmpstr(run->output->str, ==, "cookie\nby descriptor\n");
}

/* One tmpfs in two boxes, writable in one. */
static void test_shared(void)
{
        for (int staging = 0; staging < 2; staging++) {
                Plan *plan = box_test_tree("cat /run/x/word; (touch /run/x/y) 2>/dev/null || echo ro");
                PlanProgram *companion;
                g_autoptr(BoxRun) run = NULL;

                box_test_mount(plan, "semi/a", PLAN_MOUNT_SHARED, "/run/x", "sockets")->flags = PLAN_MOUNT_RW;
                box_test_mount(plan, "app", PLAN_MOUNT_SHARED, "/run/x", "sockets")->flags = 0;
                companion = box_test_program(plan, "semi/a", "first", "echo shared >/run/x/word; echo >&5; sleep 1000");
                companion->ready = PLAN_READY_BYTE;
                companion->ready_fd = 5;
                /* The app stands before it in the list: put it behind. */
                {
                        PlanProgram app = plan->programs[0];

                        plan->programs[0] = plan->programs[1];
                        plan->programs[1] = app;
                        plan->programs[1].after = g_new0(uint32_t, 1);
                        plan->programs[1].n_after = 1;
                }
                run = box_run(plan, staging == 1);
                g_assert_cmpstr(run->output->str, ==, "shared\nro\n");
        }
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        for (gsize i = 0; i < G_N_ELEMENTS(planted); i++)
                g_test_add_data_func(planted[i].path, &planted[i], test_planted);
        g_test_add_func("/mounts/submount", test_submount);
        g_test_add_func("/mounts/home", test_home);
        g_test_add_func("/mounts/source-link", test_source_link);
        g_test_add_func("/mounts/grant", test_grant);
        g_test_add_func("/mounts/pin", test_pin);
        g_test_add_func("/mounts/slots", test_slots);
        g_test_add_func("/mounts/shared", test_shared);
        return g_test_run();
}
