/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "warm/identity.h"

/* A flat plan whose parts a test changes; no memory of it is the plan's. */
typedef struct Fixture {
        char *argv[3], *envp[2], *notes[1], *slots[1], *optional_slots[4];
        PlanMount mounts[4];
        PlanBox boxes[2];
        PlanProgram program;
        Plan plan;
        char *dir, *file, *bound;
} Fixture;

static char *unconst(const char *text)
{
        return (char *)(gpointer)text;
}

static Fixture *fixture_new(void)
{
        const uint32_t own = PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID;
        Fixture *f = g_new0(Fixture, 1);

        f->dir = g_dir_make_tmp("oriel-identity-XXXXXX", NULL);
        f->file = g_build_filename(f->dir, "file", NULL);
        f->bound = g_build_filename(f->dir, "bound", NULL);
        g_assert_true(g_file_set_contents(f->file, "x", 1, NULL));
        g_assert_cmpint(g_mkdir(f->bound, 0755), ==, 0);
        f->argv[0] = unconst("cat");
        f->argv[1] = unconst("one");
        f->envp[0] = unconst("A=1");
        f->mounts[0] = (PlanMount){ .kind = PLAN_MOUNT_TMPFS, .dest = unconst("/"), .mode = 0755, .size = 4096 };
        f->mounts[1] = (PlanMount){ .kind = PLAN_MOUNT_BIND, .dest = unconst("/f"), .source = f->file };
        f->mounts[2] = (PlanMount){ .kind = PLAN_MOUNT_BIND, .dest = unconst("/b"), .source = f->bound };
        f->mounts[3] = (PlanMount){ .kind = PLAN_MOUNT_MASK, .dest = unconst("/b/secret") };
        f->boxes[0] = (PlanBox){ .name = unconst("keeper"), .unshare = own };
        f->boxes[1] = (PlanBox){
                .name = unconst("app"), .kind = PLAN_BOX_APP, .unshare = own, .mounts = f->mounts, .n_mounts = 4
        };
        f->program = (PlanProgram){ .name = unconst("app"),
                                    .box = 1,
                                    .app = true,
                                    .argv = f->argv,
                                    .envp = f->envp,
                                    .cwd = unconst("/one"),
                                    .home = unconst("/home"),
                                    .ready_fd = -1 };
        f->plan = (Plan){ .id = unconst("00000001"),
                          .app = unconst("a.b.C"),
                          .slots = f->slots,
                          .optional_slots = f->optional_slots,
                          .boxes = f->boxes,
                          .n_boxes = 2,
                          .programs = &f->program,
                          .n_programs = 1,
                          .notes = f->notes };
        return f;
}

static void fixture_free(Fixture *f)
{
        g_autofree char *secret = g_build_filename(f->bound, "secret", NULL);

        (void)g_unlink(secret);
        (void)g_rmdir(f->bound);
        (void)g_unlink(f->file);
        (void)g_rmdir(f->dir);
        g_free(f->dir);
        g_free(f->file);
        g_free(f->bound);
        g_free(f);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

static char *name_of(const Fixture *f)
{
        CLEANUP(buffer_clear) Buffer identity = BUFFER_INIT;
        char name[WARM_NAME_SIZE];

        warm_identity_add(&f->plan, &identity);
        g_assert_false(identity.failed);
        warm_identity_name(&identity, name);
        g_assert_cmpuint(strlen(name), ==, WARM_NAME_SIZE - 1);
        return g_strdup(name);
}

/* ---- The launch's own words ---- */

static void test_same(void)
{
        g_autoptr(Fixture) f = fixture_new();
        g_autofree char *before = name_of(f), *after = NULL;

        f->plan.id = unconst("0000abcd");
        f->argv[1] = unconst("two");
        f->envp[0] = unconst("B=2");
        f->program.cwd = unconst("/two");
        after = name_of(f);
        g_assert_cmpstr(before, ==, after);
}

/* ---- What makes another identity ---- */

static void change_mount(Fixture *f)
{
        f->mounts[1].flags |= PLAN_MOUNT_RW;
}

static void change_app(Fixture *f)
{
        f->plan.app = unconst("a.b.D");
}

static void change_filter(Fixture *f)
{
        f->program.seccomp = PLAN_SECCOMP_STRICT;
}

static void change_namespace(Fixture *f)
{
        f->boxes[1].unshare |= PLAN_NS_NET;
}

static void replace_file(Fixture *f)
{
        g_autofree char *other = g_build_filename(f->dir, "other", NULL);

        g_assert_true(g_file_set_contents(other, "y", 1, NULL));
        g_assert_cmpint(g_rename(other, f->file), ==, 0);
}

static void remove_file(Fixture *f)
{
        g_assert_cmpint(g_unlink(f->file), ==, 0);
}

/* A mask's object that was not there when the box was made would not be covered in it. */
static void make_secret(Fixture *f)
{
        g_autofree char *secret = g_build_filename(f->bound, "secret", NULL);

        g_assert_true(g_file_set_contents(secret, "s", 1, NULL));
}

/* The caller's standing: here, what stands for all that a child inherits and none can hand over. */
static void change_standing(Fixture *f)
{
        (void)f;
        g_assert_cmpint(prctl(PR_SET_TIMERSLACK, 60000, 0, 0, 0), ==, 0);
}

static const struct Change {
        const char *path;
        void (*change)(Fixture *f);
} changes[] = {
        { "/identity/other/mount", change_mount },         { "/identity/other/app", change_app },
        { "/identity/other/filter", change_filter },       { "/identity/other/namespace", change_namespace },
        { "/identity/other/replaced-file", replace_file }, { "/identity/other/removed-file", remove_file },
        { "/identity/other/masked", make_secret },         { "/identity/other/standing", change_standing },
};

static void test_other(const void *data)
{
        const struct Change *change = data;
        g_autoptr(Fixture) f = fixture_new();
        g_autofree char *before = name_of(f), *again = name_of(f), *after = NULL;

        g_assert_cmpstr(before, ==, again);
        change->change(f);
        after = name_of(f);
        g_assert_cmpstr(before, !=, after);
}

/* ---- What is never made ahead ---- */

static void add_box(Fixture *f)
{
        f->plan.n_programs = 2;
}

static void add_slot(Fixture *f)
{
        f->mounts[1].slot = unconst("xauth-host");
}

static void add_fd(Fixture *f)
{
        static PlanFd fd = { .target = 3 };

        f->program.fds = &fd;
        f->program.n_fds = 1;
}

static void mask_in_writable(Fixture *f)
{
        f->mounts[2].flags |= PLAN_MOUNT_RW;
}

static void add_overlay(Fixture *f)
{
        f->mounts[1].kind = PLAN_MOUNT_OVERLAY;
}

static void add_budget(Fixture *f)
{
        f->plan.budget.memory = 1 << 20;
}

static const struct Change refusals[] = {
        { "/identity/none/not-flat", add_box },          { "/identity/none/slot", add_slot },
        { "/identity/none/descriptor", add_fd },         { "/identity/none/mask-in-writable", mask_in_writable },
        { "/identity/none/kind-of-mount", add_overlay }, { "/identity/none/control-group", add_budget },
};

static void test_none(const void *data)
{
        const struct Change *change = data;
        g_autoptr(Fixture) f = fixture_new();

        g_assert_true(warm_identity_exists(&f->plan));
        change->change(f);
        g_assert_false(warm_identity_exists(&f->plan));
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/identity/same", test_same);
        for (gsize i = 0; i < G_N_ELEMENTS(changes); i++)
                g_test_add_data_func(changes[i].path, &changes[i], test_other);
        for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++)
                g_test_add_data_func(refusals[i].path, &refusals[i], test_none);
        return g_test_run();
}
