/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "relay/birth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/fd.h"
#include "base/message.h"

typedef struct Asked {
        struct Asked *next;
        bool six;
        BirthDone done; /* NULL: forgotten */
        void *data;
} Asked;

struct Birth {
        Watch watch;
        Loop *loop;
        Asked *first, **end;
};

/* One that was asked for before this program was started again is as good as another. */
static void on_channel(Watch *watch, uint32_t events)
{
        Birth *birth = (Birth *)(void *)watch;
        CLEANUP(message_freep) Message *message = NULL;
        int fds[MESSAGE_MAX_FDS];
        size_t n_fds = 0;
        int r = message_receive(watch->fd, &message, fds, &n_fds, NULL);
        Asked **at = &birth->first;

        (void)events;
        if (r == 0)
                loop_silence(birth->loop, watch);
        if (r <= 0)
                return;
        while (*at != NULL && (*at)->six != (message_get_number(message, "six", 0) != 0))
                at = &(*at)->next;
        if (*at != NULL) {
                CLEANUP(freep) Asked *asked = *at;

                *at = asked->next;
                if (birth->first == NULL || *at == NULL)
                        birth->end = at;
                if (asked->done != NULL)
                        asked->done(asked->data, n_fds > 0 ? fd_steal(&fds[0]) : -1);
        }
        for (size_t i = 0; i < n_fds; i++)
                (void)fd_close(fds[i]);
}

int birth_ask(Birth *birth, bool six, BirthDone done, void *data)
{
        CLEANUP(message_freep) Message *message = message_new("socket");
        CLEANUP(freep) Asked *asked = calloc(1, sizeof *asked);
        int r;

        if (message == NULL || asked == NULL)
                return -ENOMEM;
        message_add_number(message, "six", six);
        r = message_send(birth->watch.fd, message, NULL, 0);
        if (r < 0)
                return r;
        *asked = (Asked){ .six = six, .done = done, .data = data };
        *birth->end = asked;
        birth->end = &asked->next;
        asked = NULL;
        return 0;
}

void birth_forget(Birth *birth, const void *data)
{
        for (Asked *asked = birth->first; asked != NULL; asked = asked->next)
                if (asked->data == data)
                        asked->done = NULL;
}

Birth *birth_new(Loop *loop, int channel)
{
        CLEANUP(birth_freep) Birth *birth = calloc(1, sizeof *birth);

        if (birth == NULL)
                return NULL;
        birth->loop = loop;
        birth->watch.fd = -1;
        birth->end = &birth->first;
        (void)fcntl(channel, F_SETFL, O_NONBLOCK);
        return loop_add(loop, &birth->watch, channel, EPOLLIN, on_channel) == 0 ? STEAL(birth) : NULL;
}

void birth_free(Birth *birth)
{
        if (birth == NULL)
                return;
        (void)loop_remove(birth->loop, &birth->watch);
        while (birth->first != NULL) {
                Asked *asked = birth->first;

                birth->first = asked->next;
                free(asked);
        }
        free(birth);
}
