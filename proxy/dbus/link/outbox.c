/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Not a queue with a limit: its owner reads nothing for a socket whose outbox is not empty, so it holds what one turn
 * read, and no more. */
#include "link/outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef struct OutboxMark {
        size_t at; /* in bytes */
        FdGroup group;
} OutboxMark;

size_t outbox_pending(const Outbox *outbox)
{
        return outbox->bytes.n - outbox->sent;
}

static int keep(Outbox *outbox, const void *bytes, size_t n, FdGroup *group)
{
        if (group != NULL && group->n > 0) {
                OutboxMark *marks = realloc(outbox->marks, (outbox->n_marks + 1) * sizeof *marks);

                if (marks == NULL)
                        return -ENOMEM;
                outbox->marks = marks;
                marks[outbox->n_marks++] = (OutboxMark){ .at = outbox->bytes.n, .group = *group };
                group->n = 0;
        }
        buffer_add(&outbox->bytes, bytes, n);
        return outbox->bytes.failed ? -ENOMEM : 0;
}

int outbox_write(Outbox *outbox, int socket, const void *bytes, size_t n, FdGroup *group)
{
        while (n > 0 && outbox_pending(outbox) == 0) {
                ssize_t sent = fd_group_send(socket, bytes, n, group);

                if (sent == -EAGAIN)
                        break;
                if (sent < 0)
                        return (int)sent;
                bytes = (const char *)bytes + sent;
                n -= (size_t)sent;
        }
        return n > 0 ? keep(outbox, bytes, n, group) : 0;
}

/* One send: up to the next descriptors, with those that are due. */
static ssize_t send_some(Outbox *outbox, int socket)
{
        FdGroup *group = NULL;
        size_t end = outbox->bytes.n;
        ssize_t sent;

        if (outbox->n_marks > 0 && outbox->marks[0].at == outbox->sent) {
                group = &outbox->marks[0].group;
                if (outbox->n_marks > 1)
                        end = outbox->marks[1].at;
        } else if (outbox->n_marks > 0) {
                end = outbox->marks[0].at;
        }
        sent = fd_group_send(socket, outbox->bytes.bytes + outbox->sent, end - outbox->sent, group);
        if (sent > 0 && group != NULL)
                memmove(outbox->marks, outbox->marks + 1, --outbox->n_marks * sizeof *outbox->marks);
        return sent;
}

int outbox_flush(Outbox *outbox, int socket)
{
        while (outbox_pending(outbox) > 0) {
                ssize_t sent = send_some(outbox, socket);

                if (sent == -EAGAIN)
                        return 0;
                if (sent < 0)
                        return (int)sent;
                outbox->sent += (size_t)sent;
        }
        outbox_clear(outbox);
        return 0;
}

void outbox_clear(Outbox *outbox)
{
        for (size_t i = 0; i < outbox->n_marks; i++)
                fd_group_close(&outbox->marks[i].group);
        free(outbox->marks);
        buffer_clear(&outbox->bytes);
        *outbox = (Outbox){ 0 };
}
