/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm/call.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/message.h"
#include "engine/slots.h"
#include "warm/identity.h"

/* Of its bytes; the parts follow, in this order. */
typedef struct Head {
        uint64_t seconds, n_plan, n_objects, n_words, n_notes;
} Head;

/* argv, environment and directory: the rest is of each launch alone. */
static void add_words(const PlanProgram *program, Buffer *bytes)
{
        CLEANUP(message_freep) Message *message = message_new("launch");
        const void *words = NULL;
        size_t n = 0;

        for (size_t i = 0; message != NULL && program->argv[i] != NULL; i++)
                message_add(message, "argv", program->argv[i]);
        for (size_t i = 0; message != NULL && program->envp != NULL && program->envp[i] != NULL; i++)
                message_add(message, "env", program->envp[i]);
        if (message != NULL && program->cwd != NULL)
                message_add(message, "cwd", program->cwd);
        if (message != NULL)
                words = message_bytes(message, &n);
        if (words == NULL)
                bytes->failed = true;
        else
                buffer_add(bytes, words, n);
}

void warm_call_encode(const Plan *plan, Buffer *ret_bytes)
{
        CLEANUP(buffer_clear)
        Buffer bare = BUFFER_INIT, objects = BUFFER_INIT, words = BUFFER_INIT, notes = BUFFER_INIT;
        Head head;

        if (!warm_identity_exists(plan))
                return;
        for (char **slot = plan->slots; slot != NULL && *slot != NULL; slot++)
                if (!slots_used_by_all(*slot))
                        return;
        warm_identity_add_plan(plan, &bare);
        warm_identity_list_objects(plan, &objects);
        add_words(&plan->programs[0], &words);
        for (char **note = plan->notes; note != NULL && *note != NULL; note++)
                buffer_add(&notes, *note, strlen(*note) + 1);
        head = (Head){ .seconds = plan->budget.seconds,
                       .n_plan = bare.n,
                       .n_objects = objects.n,
                       .n_words = words.n,
                       .n_notes = notes.n };
        buffer_add(ret_bytes, &head, sizeof head);
        buffer_add(ret_bytes, bare.bytes, bare.n);
        buffer_add(ret_bytes, objects.bytes, objects.n);
        buffer_add(ret_bytes, words.bytes, words.n);
        buffer_add(ret_bytes, notes.bytes, notes.n);
        if (bare.failed || objects.failed || words.failed || notes.failed)
                ret_bytes->failed = true;
}

static const void *take(const unsigned char **at, size_t *left, uint64_t n)
{
        const void *bytes = *at;

        if (n > *left)
                return NULL;
        *at += n;
        *left -= n;
        return bytes;
}

static bool ends_in_nul(const void *bytes, size_t n)
{
        return n == 0 || ((const char *)bytes)[n - 1] == '\0';
}

int warm_call_decode(WarmCall *ret_call, const void *untrusted_bytes, size_t n)
{
        const unsigned char *at = untrusted_bytes;
        WarmCall call = { 0 };
        Head head;

        if (n < sizeof head)
                return -EINVAL;
        memcpy(&head, at, sizeof head);
        at += sizeof head;
        n -= sizeof head;
        if (head.seconds > UINT32_MAX || head.n_words == 0 || (call.plan = take(&at, &n, head.n_plan)) == NULL ||
            (call.objects = take(&at, &n, head.n_objects)) == NULL ||
            (call.words = take(&at, &n, head.n_words)) == NULL || (call.notes = take(&at, &n, head.n_notes)) == NULL ||
            n != 0 || !ends_in_nul(call.objects, head.n_objects) || !ends_in_nul(call.words, head.n_words) ||
            !ends_in_nul(call.notes, head.n_notes))
                return -EINVAL;
        call.seconds = (uint32_t)head.seconds;
        call.n_plan = head.n_plan;
        call.n_objects = head.n_objects;
        call.n_words = head.n_words;
        call.n_notes = head.n_notes;
        *ret_call = call;
        return 0;
}
