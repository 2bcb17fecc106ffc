/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

/* Message - a verb and fields, the one form of everything that Oriel's own programs say to each other: keeper and front
 * end, command line and keeper, mediator and front end, front end and manager.  One message is one packet of a
 * SOCK_SEQPACKET socket:
 *
 *      verb NUL key=value NUL key=value NUL ...
 *
 * A key may stand several times (argv=, env=).  Keys are [a-z][a-z0-9-]*, values any bytes but NUL, at most
 * MESSAGE_MAX_BYTES in all and MESSAGE_MAX_FIELDS fields.  Descriptors travel beside it (SCM_RIGHTS), at most
 * MESSAGE_MAX_FDS; they are received close-on-exec. */

enum {
        MESSAGE_MAX_BYTES = 256 * 1024,
        MESSAGE_MAX_FIELDS = 4096,
        MESSAGE_MAX_FDS = 64,
};

typedef struct Message Message;

/* NULL when out of memory.  verb: [a-z][a-z0-9-]*. */
Message *message_new(const char *verb);
void message_free(Message *message);
DEFINE_CLEANUP(Message, message_free)

/* A failed allocation or a bad key or value is remembered, and message_send() answers -ENOMEM or -EINVAL. */
void message_add(Message *message, const char *key, const char *value);
void message_add_number(Message *message, const char *key, int64_t number);

const char *message_verb(const Message *message);
/* The first value of that key, or NULL. */
const char *message_get(const Message *message, const char *key);
/* The number, or fallback where it is absent or no decimal number. */
int64_t message_get_number(const Message *message, const char *key, int64_t fallback);
/* The i-th value (from 0) of that key, or NULL. */
const char *message_get_nth(const Message *message, const char *key, size_t i);
size_t message_n_fields(const Message *message);

/* Its bytes, as message_decode() takes them; borrowed.  NULL when a failed allocation or a bad field was remembered. */
const void *message_bytes(const Message *message, size_t *ret_n);

/* 0 or -EINVAL (not a message) or -ENOMEM.  bytes are copied. */
int message_decode(Message **ret_message, const void *bytes, size_t n);

/* Sends one packet with MSG_NOSIGNAL.  0, -EAGAIN on a full non-blocking socket, -EPIPE, ... */
int message_send(int socket, const Message *message, const int *fds, size_t n_fds);

/* The same without descriptors, in the name of another process: pid as seen here.  The receiver reads the number that
 * the process has in its own pid namespace.  Needs CAP_SYS_ADMIN in the user namespace that owns ours: -EPERM. */
int message_send_as(int socket, const Message *message, int pid);

/* Receives one packet.  Returns 1 with a message; 0 at the end of the stream; -EAGAIN; -EINVAL or -EMSGSIZE for what is
 * no message (descriptors that came with it are closed); other -errno.  fds has room for MESSAGE_MAX_FDS; NULL: any
 * that come are closed. *ret_pid (may be NULL) is the sender's pid as seen in the receiver's pid namespace when the
 * socket has SO_PASSCRED set (unix(7)), else 0. */
int message_receive(int socket, Message **ret_message, int *ret_fds, size_t *ret_n_fds, int *ret_pid);
