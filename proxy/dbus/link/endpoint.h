/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "link/fds.h"
#include "link/outbox.h"
#include "wire/header.h"

enum {
        ENDPOINT_MAX_GROUPS = 4, /* of descriptors, whose messages have not come yet */
};

typedef enum EndpointState {
        ENDPOINT_WAIT, /* a client's, that the bus has not accepted yet: nothing is read */
        ENDPOINT_AUTH, /* lines are read */
        ENDPOINT_MESSAGES,
} EndpointState;

/* Endpoint - one socket of a link: what still goes to it, and what came from it and is not done with. */
typedef struct Endpoint {
        int fd;
        EndpointState state;
        bool ended; /* nothing more comes from it */
        bool deaf;  /* it takes nothing more; what is still to be read from it is read */
        Outbox out;
        Buffer held;   /* read, but not judged: half a header, or what must wait */
        uint64_t left; /* bytes of a judged message that are still to come */
        FdGroup groups[ENDPOINT_MAX_GROUPS];
        size_t n_groups;
} Endpoint;

void endpoint_clear(Endpoint *endpoint);

/* 0 or -errno.  Who hung up does not take what is for him, but may have sent something before. */
int endpoint_send(Endpoint *endpoint, const void *bytes, size_t n, FdGroup *fds);
int endpoint_flush(Endpoint *endpoint);

/* Did as many descriptors come with the message as it declares, in one group, from one who may send any? */
bool endpoint_has_fds(const Endpoint *endpoint, const WireHeader *header, bool allowed);
/* The first group is done with. */
void endpoint_drop_group(Endpoint *endpoint);

/* Does what can be done with these bytes of one side.  0 or -errno. */
typedef int (*EndpointProcess)(void *link, unsigned side, uint8_t *bytes, size_t n, size_t *ret_used);

/* Reads once, into scratch, and has what came, behind what is held, processed.  0 or -errno. */
int endpoint_read(Endpoint *endpoint, uint8_t *scratch, size_t n, EndpointProcess process, void *link, unsigned side);
/* What is held may go on. */
int endpoint_resume(Endpoint *endpoint, EndpointProcess process, void *link, unsigned side);
