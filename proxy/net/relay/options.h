/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/buffer.h"
#include "base/cleanup.h"
#include "names/net-policy.h"
#include "relay/budget.h"

/* oriel-net-proxy's command line, as the plan writes it:
 *
 *      --fd=N          a byte is written there when it serves
 *      --mediator=N    channel to the front end
 *      --names=PATH    where the names that have addresses are kept from one start to the next
 *      --dns-udp=N --dns-tcp=N --proxy=N --tcp=N ...   listening sockets; one that is not open was not made (--tcp:
 *                      where all ports lead to one, the others are not)
 *      --birth=N       a channel on which sockets of the box's network come
 *      --credential-link=N --credential=RULE...   secrets that are added, and who does it
 *      --budget=NAME=BYTES[/s]   what may go out to a name in all, and what may move a second
 *      --port-in=OUTSIDE:INSIDE   from the host's loopback to the box's
 *      --allow=RULE --deny=RULE --ask=RULE|yes --private=NAME --host-service=NAME:PORT */

enum { OPTIONS_MAX_LISTENERS = 64, OPTIONS_MAX_PORTS = 64, OPTIONS_MAX_CREDENTIALS = 16 };

typedef enum OptionsListener {
        OPTIONS_DNS_UDP,
        OPTIONS_DNS_TCP,
        OPTIONS_PROXY,
        OPTIONS_TCP,
        _OPTIONS_LISTENER_MAX,
} OptionsListener;

typedef struct Options {
        int ready_fd, mediator_fd, birth_fd, credential_fd; /* -1: none */
        const char *names;                                  /* borrowed; or NULL */
        struct {
                OptionsListener kind;
                int fd;
        } listeners[OPTIONS_MAX_LISTENERS];
        size_t n_listeners;
        struct {
                uint16_t outside, inside;
        } ports[OPTIONS_MAX_PORTS];
        size_t n_ports;
        const char *credentials[OPTIONS_MAX_CREDENTIALS]; /* borrowed */
        size_t n_credentials;
        NetPolicy *policy;
        Budgets *budgets;
} Options;

/* 0, or -EINVAL with a sentence, or -ENOMEM. */
int relay_options_parse(Options *ret_options, int argc, char *const *argv, Buffer *error);
void relay_options_clear(Options *options);
