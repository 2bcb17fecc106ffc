/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Authentication on both sides: however the bytes are cut, the machines come to the same state, the same answers and
 * the same first byte of messages; and that is where a reader of whole lines finds it. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire/auth.h"

#define GUID "0123456789abcdef0123456789abcdef"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* How it ends, after how many bytes, having said what. */
typedef struct Outcome {
        int r;
        size_t used;
        bool fds;
        Buffer said;
} Outcome;

/* Given `step` bytes more each time; what is not used is given again. */
static Outcome serve(const char *bytes, size_t n, size_t step)
{
        Outcome end = { 0 };
        AuthServer auth = { 0 };

        for (size_t there = step < n ? step : n; end.r == 0; there = n - there > step ? there + step : n) {
                size_t used = 0;

                end.r = auth_server_feed(&auth, GUID, bytes + end.used, there - end.used, &used, &end.said);
                if (used > there - end.used)
                        abort();
                end.used += used;
                if (there == n)
                        break;
        }
        end.fds = auth.fds;
        return end;
}

static Outcome ask(const char *bytes, size_t n, size_t step)
{
        Outcome end = { 0 };
        AuthClient auth = { 0 };
        size_t there = step < n ? step : n;

        auth_client_start(&auth, &end.said);
        for (;;) {
                size_t used = 0;

                end.r = auth_client_feed(&auth, bytes + end.used, there - end.used, &used);
                if (used > there - end.used)
                        abort();
                end.used += used;
                if (end.r == AUTH_READY) {
                        if (strlen(auth.guid) != AUTH_GUID_LENGTH)
                                abort();
                        end.r = auth_client_begin(&auth, true, &end.said);
                        continue; /* what came behind that line is read now */
                }
                if (end.r != 0 || there == n)
                        return end;
                there = n - there > step ? there + step : n;
        }
}

static void compare(Outcome *whole, Outcome *cut)
{
        /* What is wrong may be found before or after what precedes it was said to be done with. */
        if (whole->r != cut->r || whole->fds != cut->fds ||
            (whole->r >= 0 && (whole->used != cut->used || whole->said.n != cut->said.n ||
                               (whole->said.n > 0 && memcmp(whole->said.bytes, cut->said.bytes, whole->said.n) != 0))))
                abort();
}

/* BEGIN is a line of its own, after the byte 0 and after an identity; nothing before it is anything but lines. */
static void check_begin(const char *bytes, size_t used)
{
        bool begun = false, named = false;
        size_t at = 1;

        if (used == 0 || bytes[0] != '\0')
                abort();
        while (at < used) {
                const char *end = memmem(bytes + at, used - at, "\r\n", 2);
                size_t n = end != NULL ? (size_t)(end - bytes) - at : 0;

                if (end == NULL || begun || memchr(bytes + at, '\n', n) != NULL)
                        abort();
                named |= n >= 4 && (memcmp(bytes + at, "AUTH", 4) == 0 || memcmp(bytes + at, "DATA", 4) == 0);
                begun = n >= 5 && memcmp(bytes + at, "BEGIN", 5) == 0 && (n == 5 || bytes[at + 5] == ' ');
                /* One that came too early was answered with an error. */
                if (begun && at + n + 2 < used)
                        begun = false;
                at += n + 2;
        }
        if (!begun || !named)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        const char *bytes = (const char *)data + 1;
        size_t step = n > 0 ? data[0] % 32 + 1u : 0;
        Outcome whole, cut;

        if (n < 2)
                return 0;
        whole = serve(bytes, n - 1, n - 1);
        cut = serve(bytes, n - 1, step);
        compare(&whole, &cut);
        if (whole.r == AUTH_DONE)
                check_begin(bytes, whole.used);
        buffer_clear(&whole.said);
        buffer_clear(&cut.said);
        whole = ask(bytes, n - 1, n - 1);
        cut = ask(bytes, n - 1, step);
        compare(&whole, &cut);
        buffer_clear(&whole.said);
        buffer_clear(&cut.said);
        return 0;
}
