/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "route/notices.h"

#include <stdlib.h>

typedef struct Notice {
        uint64_t server; /* 0: free */
        uint32_t theirs, ours;
        bool closed;
        uint32_t closed_by; /* serial of the signal */
} Notice;

struct Notices {
        Notice notices[NOTICES_MAX]; /* a ring: the next one takes the oldest's place */
        size_t next;
        uint32_t last; /* number given */
};

Notices *notices_new(void)
{
        return calloc(1, sizeof(Notices));
}

void notices_free(Notices *notices)
{
        free(notices);
}

void notices_forget(Notices *notices)
{
        for (size_t i = 0; notices != NULL && i < NOTICES_MAX; i++)
                notices->notices[i] = (Notice){ 0 };
}

static Notice *find_open(Notices *notices, uint64_t server, uint32_t theirs)
{
        for (size_t i = 0; i < NOTICES_MAX; i++) {
                Notice *notice = &notices->notices[i];

                if (notice->server == server && notice->theirs == theirs && !notice->closed)
                        return notice;
        }
        return NULL;
}

static bool is_used(const Notices *notices, uint32_t ours)
{
        for (size_t i = 0; i < NOTICES_MAX; i++)
                if (notices->notices[i].server != 0 && notices->notices[i].ours == ours)
                        return true;
        return false;
}

uint32_t notices_add(Notices *notices, uint64_t server, uint32_t theirs)
{
        Notice *notice = find_open(notices, server, theirs);

        if (notice != NULL)
                return notice->ours;
        notice = &notices->notices[notices->next];
        notices->next = (notices->next + 1) % NOTICES_MAX;
        do
                notices->last++;
        while (notices->last == 0 || is_used(notices, notices->last));
        *notice = (Notice){ .server = server, .theirs = theirs, .ours = notices->last };
        return notice->ours;
}

uint32_t notices_theirs(const Notices *notices, uint64_t server, uint32_t ours)
{
        for (size_t i = 0; i < NOTICES_MAX; i++) {
                const Notice *notice = &notices->notices[i];

                if (notice->server == server && notice->ours == ours && !notice->closed)
                        return notice->theirs;
        }
        return 0;
}

uint32_t notices_signal(Notices *notices, uint64_t server, uint32_t theirs, uint32_t serial, bool closes)
{
        Notice *notice = find_open(notices, server, theirs);

        if (notice != NULL) {
                notice->closed = closes;
                notice->closed_by = serial;
                return notice->ours;
        }
        for (size_t i = 0; i < NOTICES_MAX; i++) {
                notice = &notices->notices[i];
                if (notice->server == server && notice->theirs == theirs && notice->closed_by == serial)
                        return notice->ours;
        }
        return 0;
}
