/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "warm/drop.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/user-namespace.h"
#include "warm/paths.h"

enum { PATIENCE_MS = 5000 }; /* for processes to die */

int warm_drop(const char *manager, const char *app)
{
        CLEANUP(fd_closep) int connection = warm_connect(manager, WARM_ENGINE), namespace = -1;
        CLEANUP(message_freep) Message *message = NULL, *answer = NULL;
        struct pollfd polled = { .fd = connection, .events = POLLIN };
        int r;

        /* None runs, and with it nothing is parked. */
        if (connection == -ENOENT || connection == -ECONNREFUSED)
                return 0;
        if (connection < 0)
                return connection;
        message = message_new("drop");
        if (message == NULL)
                return -ENOMEM;
        if (app != NULL)
                message_add(message, "app", app);
        namespace = user_namespace_open();
        r = namespace < 0 ? namespace : message_send(connection, message, &namespace, 1);
        if (r < 0)
                return r;
        if (poll(&polled, 1, PATIENCE_MS) <= 0)
                return -ETIMEDOUT;
        r = message_receive(connection, &answer, NULL, NULL, NULL);
        /* It ended instead, and with it what it had parked. */
        return r == 0 || (r > 0 && strcmp(message_verb(answer), "done") == 0) ? 0 : r < 0 ? r : -EPROTO;
}
