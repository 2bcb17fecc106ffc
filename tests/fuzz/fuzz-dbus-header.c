/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Headers of both sides, against a reader made from the specification: what one refuses the other refuses, what both
 * take says the same.  Half of a header is never a header, and one that was given other addresses is the same but for
 * them. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "bus-model.h"
#include "wire/body.h"
#include "wire/header.h"
#include "wire/readdress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void same(const char *one, const char *other)
{
        if ((one == NULL) != (other == NULL) || (one != NULL && strcmp(one, other) != 0))
                abort();
}

static void compare(const WireHeader *header, const ModelMessage *model)
{
        same(header->path, model->path);
        same(header->interface, model->interface);
        same(header->member, model->member);
        same(header->error_name, model->error);
        same(header->destination, model->destination);
        same(header->sender, model->sender);
        same(header->signature, model->signature);
        if (header->big_endian != model->big || header->type != model->type || header->flags != model->flags ||
            header->serial != model->serial || header->reply_serial != model->reply ||
            header->has_reply_serial != (model->reply != 0) || header->n_fds != model->n_fds ||
            header->n_header != model->n_header || header->n_body != model->n_body)
                abort();
}

static void check_halves(const uint8_t *data, size_t n, WireFrom from, size_t n_header)
{
        WireHeader header = { 0 };

        for (size_t half = 0; half < n && half < n_header; half += 1 + half / 16)
                if (wire_header_scan(&header, data, half, from) != WIRE_MORE)
                        abort();
}

static void check_readdressed(const uint8_t *data, const WireHeader *header, WireFrom from)
{
        CLEANUP(buffer_clear) Buffer other = BUFFER_INIT;
        WireHeader again = { 0 };

        wire_readdress(&other, header, data, ":inner.1.7", ":1.70");
        if (buffer_text(&other) == NULL || wire_header_scan(&again, (const uint8_t *)other.bytes, other.n, from) != 0 ||
            again.n_header != other.n)
                abort();
        same(again.sender, header->sender != NULL ? ":inner.1.7" : NULL);
        same(again.destination, header->destination != NULL ? ":1.70" : NULL);
        same(again.path, header->path);
        same(again.member, header->member);
        same(again.signature, header->signature);
        if (again.serial != header->serial || again.reply_serial != header->reply_serial ||
            again.n_body != header->n_body || again.n_fds != header->n_fds)
                abort();
}

static void check_argument(const uint8_t *body, size_t n, const WireHeader *header, const ModelMessage *model)
{
        if (n >= header->n_body)
                same(wire_first_string(header, body), model_string(model, 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
        for (WireFrom from = WIRE_FROM_CLIENT; from <= WIRE_FROM_BUS; from++) {
                WireHeader header = { 0 };
                ModelMessage model = { 0 };
                int code = wire_header_scan(&header, data, n, from);
                bool is_message = model_read(&model, data, n, from == WIRE_FROM_CLIENT);

                if ((code == 0) != is_message)
                        abort();
                if (code != 0)
                        continue;
                compare(&header, &model);
                check_halves(data, n, from, header.n_header);
                if (header.n_header < 60000)
                        check_readdressed(data, &header, from);
                check_argument(data + header.n_header, n - header.n_header, &header, &model);
        }
        return 0;
}
