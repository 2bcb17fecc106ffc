/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "base/message.h"
#include "warm/call.h"
#include "warm/identity.h"

static char *unconst(const char *text)
{
        return (char *)(gpointer)text;
}

typedef struct Fixture {
        char *argv[3], *envp[2], *notes[3], *slots[2];
        PlanMount mounts[2];
        PlanBox boxes[2];
        PlanProgram program;
        Plan plan;
} Fixture;

static void set_up(Fixture *f)
{
        const uint32_t own = PLAN_NS_USER | PLAN_NS_MOUNT | PLAN_NS_PID;

        *f = (Fixture){ .argv = { unconst("cat"), unconst("one") },
                        .envp = { unconst("A=1") },
                        .notes = { unconst("asked"), unconst("given") },
                        .slots = { unconst("stdin") } };
        f->mounts[0] = (PlanMount){ .kind = PLAN_MOUNT_TMPFS, .dest = unconst("/"), .mode = 0755, .size = 4096 };
        f->mounts[1] = (PlanMount){ .kind = PLAN_MOUNT_BIND, .dest = unconst("/usr"), .source = unconst("/usr") };
        f->boxes[0] = (PlanBox){ .name = unconst("keeper"), .unshare = own };
        f->boxes[1] = (PlanBox){
                .name = unconst("app"), .kind = PLAN_BOX_APP, .unshare = own, .mounts = f->mounts, .n_mounts = 2
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
                          .optional_slots = f->envp + 1,
                          .boxes = f->boxes,
                          .n_boxes = 2,
                          .programs = &f->program,
                          .n_programs = 1,
                          .budget = { .seconds = 9 },
                          .notes = f->notes };
}

/* What is kept says what the plan would: the same identity, the same words. */
static void test_as_plan(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT, kept = BUFFER_INIT, asked = BUFFER_INIT;
        CLEANUP(message_freep) Message *message = NULL;
        WarmCall call;
        Fixture f;

        set_up(&f);
        warm_call_encode(&f.plan, &bytes);
        g_assert_false(bytes.failed);
        g_assert_cmpint(warm_call_decode(&call, bytes.bytes, bytes.n), ==, 0);
        warm_identity_ask(call.plan, call.n_plan, call.objects, call.n_objects, &kept);
        warm_identity_add(&f.plan, &asked);
        g_assert_cmpmem(kept.bytes, kept.n, asked.bytes, asked.n);
        g_assert_cmpint(message_decode(&message, call.words, call.n_words), ==, 0);
        g_assert_cmpstr(message_verb(message), ==, "launch");
        g_assert_cmpstr(message_get_nth(message, "argv", 1), ==, "one");
        g_assert_cmpstr(message_get(message, "env"), ==, "A=1");
        g_assert_cmpstr(message_get(message, "cwd"), ==, "/one");
        g_assert_cmpmem(call.notes, call.n_notes, "asked\0given", sizeof "asked\0given");
        g_assert_cmpuint(call.seconds, ==, 9);
}

/* Cut anywhere, or a byte too long: none. */
static void test_cut(void)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;
        WarmCall call;
        Fixture f;

        set_up(&f);
        warm_call_encode(&f.plan, &bytes);
        for (gsize n = 0; n < bytes.n; n++) {
                g_autofree char *part = g_memdup2(bytes.bytes, n);

                g_assert_cmpint(warm_call_decode(&call, part, n), ==, -EINVAL);
        }
        buffer_add_byte(&bytes, '\0');
        g_assert_cmpint(warm_call_decode(&call, bytes.bytes, bytes.n), ==, -EINVAL);
        bytes.n--;
        /* A part whose last text has no end. */
        bytes.bytes[bytes.n - 1] = 'x';
        g_assert_cmpint(warm_call_decode(&call, bytes.bytes, bytes.n), ==, -EINVAL);
}

static void assert_none(const Plan *plan)
{
        CLEANUP(buffer_clear) Buffer bytes = BUFFER_INIT;

        warm_call_encode(plan, &bytes);
        g_assert_cmpuint(bytes.n, ==, 0);
        g_assert_false(bytes.failed);
}

/* Nothing for plans whose boxes can't be made ahead. */
static void test_none(void)
{
        Fixture f;

        set_up(&f);
        f.slots[0] = unconst("secret");
        assert_none(&f.plan);
        set_up(&f);
        f.program.n_fds = 1;
        assert_none(&f.plan);
        set_up(&f);
        f.mounts[1] = (PlanMount){ .kind = PLAN_MOUNT_FILE,
                                   .dest = unconst("/.flatpak-info"),
                                   .content = unconst("[Instance]\ninstance-id=1\n"),
                                   .n_content = 25 };
        assert_none(&f.plan);
}

int main(int argc, char **argv)
{
        g_test_init(&argc, &argv, NULL);
        g_test_add_func("/call/as-plan", test_as_plan);
        g_test_add_func("/call/cut", test_cut);
        g_test_add_func("/call/none", test_none);
        return g_test_run();
}
