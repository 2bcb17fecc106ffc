/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "rules/bus-policy.h"

/* A second opinion on D-Bus for fuzz targets: a reader and a writer of messages, and what a set of rules allows, made
 * from the specification and from docs/theory/bus-proxy.md without a line of what the mediator uses.  As simple as can
 * be, and slow: everything is asked anew each time. */

/* ---- messages ---- */

enum { MODEL_CALL = 1, MODEL_RETURN, MODEL_ERROR, MODEL_SIGNAL };
enum { MODEL_NO_REPLY = 1, MODEL_NO_START = 2 };
#define MODEL_BUS "org.freedesktop.DBus"
#define MODEL_OWN_SERIALS UINT32_C(0xffff0000)

typedef struct ModelMessage {
        bool big;
        unsigned type, flags;
        uint32_t serial, reply; /* reply 0: absent */
        uint32_t n_fds;
        const char *path, *interface, *member, *error, *destination, *sender, *signature;
        const uint8_t *body;
        size_t n_header, n_body;
} ModelMessage;

/* The length of the message at bytes; 0: that can't be told yet. */
size_t model_length(const uint8_t *bytes, size_t n);
/* Is this a header that a bus (or a client, who is held to more) may send?  body is set whether it is there or not. */
bool model_read(ModelMessage *ret, const uint8_t *bytes, size_t n, bool from_client);
/* Writes it, whatever it says.  Strings that are NULL and numbers that are 0 are left out. */
void model_write(Buffer *to, const ModelMessage *message);
/* A string, for a body in that byte order. */
void model_put_string(Buffer *body, const char *text, bool big);
void model_put_number(Buffer *body, uint32_t number, bool big);
/* The i-th of the arguments, all of which are strings up to there; NULL: it is none. */
const char *model_string(const ModelMessage *message, unsigned i);

/* ---- rules ---- */

/* The names that the rules are about, and that peers own.  A set of them is a mask. */
enum { MODEL_N_NAMES = 18, MODEL_N_RULES = 18 };
extern const char *const model_names[MODEL_N_NAMES];
/* -1: not one of them. */
int model_name(const char *name);

/* The rules whose bits are set, as the mediator reads them. */
BusPolicy *model_policy(uint32_t rules);
/* The same with the names below "in" denied: they are another bus's. */
BusPolicy *model_policy_without_inner(uint32_t rules);
bool model_is_inner(const char *name);

/* What is asked about: who owns, or owned, these names.  Between two moments he may have got more: so there are those
 * whose rules give, and those whose rules take away.  at_least: what he has besides. */
typedef struct ModelPeer {
        uint32_t names, denying;
        BusAccess at_least;
} ModelPeer;

BusAccess model_visible(uint32_t rules, ModelPeer peer);
/* May the client send this call or signal?  to: its destination; about: the name in its first argument. */
bool model_may_send(uint32_t rules, ModelPeer to, ModelPeer about, const ModelMessage *message);
/* May it hear this call or signal of the bus? */
bool model_may_hear(uint32_t rules, bool sloppy, ModelPeer from, ModelPeer about, const ModelMessage *message);
bool model_is(const char *text, const char *wanted);
/* A call of the bus, of one of its methods about a name. */
bool model_is_to_bus(const ModelMessage *message);
bool model_is_about_name(const ModelMessage *message);
bool model_is_match_call(const ModelMessage *message);
bool model_is_owner_changed(const ModelMessage *message);
