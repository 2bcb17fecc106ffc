/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Overlays, in both ways of building: which layer wins, where changes go, and what an app may have planted among them.
 *
 * Each row has a directory of the user's, $DIR, with low, high, up and work in it and a neighbour, $OUT, with a victim
 * that must stay as it is.  A shell prepares it, the box shows the overlay at /srv/o, a shell looks at what is left. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/fd.h"
#include "box-test.h"

typedef enum Kind {
        KEPT,    /* changes in $DIR/up */
        MEMORY,  /* in a tmpfs of 1 MiB */
        NOWHERE, /* read-only, low below high */
} Kind;

static const struct Row {
        const char *path;
        Kind kind;
        const char *prepare; /* by a shell, as the user */
        const char *script, *output;
        const char *after, *left; /* a shell's look at the host */
        const char *low;          /* a name other than "low" */
        uint32_t flags;
        int error; /* instead of the output */
} rows[] = {
        { .path = "/overlay/kept",
          KEPT,
          "echo low >low/a; echo low >low/b; mkdir low/d; echo deep >low/d/f",
          "cd /srv/o; cat a; echo new >a; rm b; echo more >c; mv d/f d/g; cat a c d/g; ls",
          "low\nnew\nmore\ndeep\na\nc\nd\n",
          "cat low/a low/b low/d/f up/a up/c up/d/g; stat -c %F up/b up/d/f",
          "low\nlow\ndeep\nnew\nmore\ndeep\ncharacter special file\ncharacter special file\n" },
        { .path = "/overlay/again",
          KEPT,
          "echo low >low/a; echo new >up/b; mknod up/a c 0 0",
          "ls -A /srv/o; cat /srv/o/b",
          "b\nnew\n",
          "cat low/a",
          "low\n" },
        { .path = "/overlay/memory",
          MEMORY,
          "echo low >low/a; chmod 750 low",
          "cd /srv/o; stat -c %a .; echo new >a; cat a; (head -c 2000000 /dev/zero >big) 2>/dev/null || echo full",
          "750\nnew\nfull\n",
          "cat low/a; ls up",
          "low\n" },
        { .path = "/overlay/read-only",
          NOWHERE,
          "echo low >low/a; echo low >low/b; echo high >high/a",
          "cd /srv/o; cat a b; (echo x >a) 2>/dev/null || echo ro; (echo x >c) 2>/dev/null || echo ro",
          "high\nlow\nro\nro\n" },
        { .path = "/overlay/odd-name",
          KEPT,
          "echo odd >'we:ird,na\\me'/a",
          "cat /srv/o/a; echo new >/srv/o/b",
          "odd\n",
          "cat up/b; ls 'we:ird,na\\me'",
          "new\na\n",
          .low = "we:ird,na\\me" },
        { .path = "/overlay/neutral", /* nothing of the host's paths to be read inside */
          KEPT,
          "true",
          "grep -c ' /srv/o .* overlay ' /proc/self/mountinfo; grep -c oriel-engine /proc/self/mountinfo; "
          "grep ' /srv/o ' /proc/self/mountinfo | grep -o 'nosuid,nodev'",
          "1\n0\nnosuid,nodev\n" },
        { .path = "/overlay/noexec",
          MEMORY,
          "cp /bin/true low/t",
          "/srv/o/t 2>&1 | grep -o denied",
          "denied\n",
          .flags = PLAN_MOUNT_NOEXEC },
        { .path = "/overlay/made",
          KEPT,
          "rmdir up work; echo low >low/a",
          "echo new >/srv/o/a",
          "",
          "cat up/a; stat -c %a up work",
          "new\n700\n700\n",
          .flags = PLAN_MOUNT_CREATE },
        /* What an app may have left. */
        { .path = "/overlay/upper-link", KEPT, "rmdir up; ln -s \"$OUT\" up", "echo x >/srv/o/x", .error = ELOOP },
        { .path = "/overlay/upper-link-made",
          KEPT,
          "rmdir up; ln -s \"$OUT\" up",
          "echo x >/srv/o/x",
          .flags = PLAN_MOUNT_CREATE,
          .error = ELOOP },
        { .path = "/overlay/work-link", KEPT, "rmdir work; ln -s \"$OUT\" work", "true", .error = ELOOP },
        { .path = "/overlay/upper-file", KEPT, "rmdir up; touch up", "true", .error = ENOTDIR },
        { .path = "/overlay/upper-gone", KEPT, "rmdir up", "true", .error = ENOENT },
        { .path = "/overlay/work-full",
          KEPT,
          "echo low >low/a; mkdir -p work/work/x; ln -s \"$OUT\" work/work/out; ln \"$OUT/victim\" work/work/hard; "
          "ln -s \"$OUT\" work/index",
          "echo new >/srv/o/a; cat /srv/o/a",
          "new\n" },
        { .path = "/overlay/work-is-link-inside",
          KEPT,
          "echo low >low/a; ln -s \"$OUT\" work/work",
          "echo new >/srv/o/a; cat /srv/o/a",
          "new\n" },
        { .path = "/overlay/links-lead-inside",
          KEPT,
          "ln -s \"$OUT/victim\" up/link; ln -s /etc/hostname low/name",
          "cat /srv/o/link 2>/dev/null || echo none; readlink /srv/o/name",
          "none\n/etc/hostname\n" },
        { .path = "/overlay/redirect", /* an attribute by which a layer could name any of the lower's directories */
          KEPT,
          "mkdir low/secret up/d; echo s >low/secret/f; setfattr -n user.overlay.redirect -v /secret up/d 2>/dev/null",
          "ls -A /srv/o/d 2>/dev/null; echo",
          "\n" },
        /* The kernel's own refusals. */
        { .path = "/overlay/overlap", NOWHERE, "rm -r high; ln -s low/in high; mkdir low/in", "true", .error = ELOOP },
        { .path = "/overlay/same", NOWHERE, "rmdir high; ln -s low high", "true", .error = ELOOP },
        { .path = "/overlay/work-in-upper", KEPT, "rmdir work; mkdir up/work", "true", .error = EINVAL },
};

static char *shell(const char *dir, const char *out, const char *script)
{
        g_autofree char *whole = g_strdup_printf("cd '%s'; DIR='%s' OUT='%s'; %s", dir, dir, out, script);
        char *argv[] = { (char *)"sh", (char *)"-c", whole, NULL }, *output = NULL;

        g_assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, NULL, NULL, NULL));
        return output;
}

static char **strings(const char *first, const char *second)
{
        return g_strdupv((char *[]){ (char *)first, (char *)second, NULL });
}

static PlanMount *overlay(Plan *plan, const char *dir, const struct Row *row)
{
        PlanMount *mount = box_test_mount(plan, "app", PLAN_MOUNT_OVERLAY, "/srv/o", NULL);
        g_autofree char *low = g_build_filename(dir, row->low == NULL ? "low" : row->low, NULL);
        g_autofree char *high = row->kind == NOWHERE ? g_build_filename(dir, "high", NULL) : NULL;

        mount->lowers = strings(low, high);
        mount->flags = row->flags | (row->kind == NOWHERE ? 0 : PLAN_MOUNT_RW);
        mount->size = row->kind == MEMORY ? 1024 * 1024 : 0;
        if (row->kind != KEPT)
                return mount;
        mount->source = g_build_filename(dir, "up", NULL);
        mount->work = g_build_filename(dir, g_str_has_suffix(row->path, "work-in-upper") ? "up/work" : "work", NULL);
        mount->source_root = g_strdup(dir);
        return mount;
}

static void test_row(const void *data)
{
        const struct Row *row = data;

        for (int staging = 0; staging < 2; staging++) {
                g_autofree char *dir = box_test_path("layers"), *out = box_test_path("outside");
                g_autofree char *made = g_strdup_printf("chmod 700 '%s/work/work' 2>/dev/null; rm -rf '%s' '%s'; mkdir "
                                                        "-p '%s' '%s'; cd '%s'; mkdir low high "
                                                        "up work 'we:ird,na\\me'; echo untouched >'%s/victim'; ",
                                                        dir, dir, out, dir, out, dir, out);
                g_autofree char *whole = g_strconcat(made, row->prepare, NULL), *left = NULL, *victim = NULL;
                Plan *plan = box_test_plan(row->script);
                g_autoptr(BoxRun) run = NULL;

                g_free(shell("/", out, whole));
                (void)overlay(plan, dir, row);
                run = box_run(plan, staging == 1);
                g_assert_cmpint(run->error, ==, row->error);
                g_assert_cmpstr(run->step, ==, row->error != 0 ? "overlay" : NULL);
                g_assert_cmpstr(run->output->str, ==, row->output == NULL ? "" : row->output);
                if (row->after != NULL) {
                        left = shell(dir, out, row->after);
                        g_assert_cmpstr(left, ==, row->left);
                }
                victim = shell(dir, out, "cat \"$OUT/victim\"; ls -A \"$OUT\"");
                g_assert_cmpstr(victim, ==, "untouched\nvictim\n");
        }
}

/* Other lines of the plan inside it: mount points are made among the changes; a link that an app may have planted is
 * not followed. */
static void test_lines_inside(void)
{
        for (int planted = 0; planted < 2; planted++) {
                static const struct Row row = { .path = "", .kind = KEPT };
                g_autofree char *dir = box_test_path("layers");
                g_autofree char *made = g_strdup_printf(
                        "chmod 700 '%s/work/work' 2>/dev/null; rm -rf '%s'; mkdir '%s'; cd '%s'; mkdir low up work; %s",
                        dir, dir, dir, dir, planted ? "ln -s /run up/deep" : "true");
                Plan *plan = box_test_plan("cat /srv/o/deep/er/file");
                PlanMount *file;
                g_autoptr(BoxRun) run = NULL;

                g_free(shell("/", "", made));
                (void)overlay(plan, dir, &row);
                file = box_test_mount(plan, "app", PLAN_MOUNT_FILE, "/srv/o/deep/er/file", NULL);
                file->content = g_strdup("inside\n");
                file->n_content = strlen(file->content);
                run = box_run(plan, FALSE);
                g_assert_cmpint(run->error, ==, planted ? ELOOP : 0);
                g_assert_cmpstr(run->output->str, ==, planted ? "" : "inside\n");
        }
}

/* The whole root of a box as an overlay: all else is mounted in it. */
static void test_root(void)
{
        for (int staging = 0; staging < 2; staging++) {
                g_autofree char *dir = box_test_path("layers");
                g_autofree char *made =
                        g_strdup_printf("rm -rf '%s'; mkdir -p '%s/low'; echo top >'%s/low/word'", dir, dir, dir);
                g_autofree char *low = g_build_filename(dir, "low", NULL);
                Plan *plan = box_test_plan("cat /word; touch /new && ls /new");
                PlanMount *root = &box_test_box(plan, "app")->mounts[0];
                g_autoptr(BoxRun) run = NULL;

                g_free(shell("/", "", made));
                root->kind = PLAN_MOUNT_OVERLAY;
                root->flags = PLAN_MOUNT_RW;
                root->mode = 0;
                root->lowers = strings(low, NULL);
                run = box_run(plan, staging == 1);
                g_assert_cmpstr(run->step, ==, NULL);
                g_assert_cmpstr(run->output->str, ==, "top\n/new\n");
        }
}

static void write_proc(const char *path, const char *text)
{
        CLEANUP(fd_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

        g_assert_cmpint(fd_write_all(fd, text, strlen(text)), ==, 0);
}

/* A mount of the host's below a layer would be lifted off what it hides: the kernel refuses, and so the launch. */
static void test_submount(void)
{
        static const struct Row row = { .path = "", .kind = KEPT };
        g_autofree char *dir = box_test_path("layers"), *low = g_build_filename(dir, "low", NULL);
        g_autofree char *made = g_strdup_printf("chmod 700 '%s/work/work' 2>/dev/null; rm -rf '%s'; mkdir '%s'; cd "
                                                "'%s'; mkdir -p low/below up work; echo "
                                                "secret >low/below/file",
                                                dir, dir, dir, dir);
        g_autofree char *below = g_build_filename(low, "below", NULL);
        int status = 1;
        pid_t pid;

        g_free(shell("/", "", made));
        pid = fork();
        if (pid == 0) {
                g_autofree char *map = g_strdup_printf("%u %u 1\n", getuid(), getuid());

                g_assert_cmpint(unshare(CLONE_NEWUSER | CLONE_NEWNS), ==, 0);
                write_proc("/proc/self/uid_map", map);
                write_proc("/proc/self/setgroups", "deny\n");
                write_proc("/proc/self/gid_map", map);
                g_assert_cmpint(mount("tmpfs", below, "tmpfs", 0, NULL), ==, 0);
                for (int staging = 0; staging < 2; staging++) {
                        Plan *plan = box_test_plan("cat /srv/o/below/file");
                        g_autoptr(BoxRun) run = NULL;

                        (void)overlay(plan, dir, &row);
                        run = box_run(plan, staging == 1);
                        g_assert_cmpstr(run->step, ==, "overlay");
                        g_assert_cmpint(run->error, ==, EINVAL);
                        g_assert_cmpstr(run->output->str, ==, "");
                }
                _exit(0);
        }
        g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
        g_assert_cmpint(status, ==, 0);
}

int main(int argc, char **argv)
{
        box_test_init(&argc, &argv);
        for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
                g_test_add_data_func(rows[i].path, &rows[i], test_row);
        g_test_add_func("/overlay/lines-inside", test_lines_inside);
        g_test_add_func("/overlay/root", test_root);
        g_test_add_func("/overlay/submount", test_submount);
        return g_test_run();
}
