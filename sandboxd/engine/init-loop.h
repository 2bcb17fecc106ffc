/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/message.h"
#include "engine/instance.h"

/* Serves the keeper (box.h) until it is gone; then the box ends. */
_Noreturn void init_serve(const Instance *instance, uint32_t self);

/* Init - the init of a flat instance, in the keeper's own process: the same messages, as calls. */
typedef struct Init Init;

/* What an init says; pid: in "forked", the program's.  Descriptors are borrowed. */
typedef void (*InitHear)(void *keeper, const Message *message, const int *fds, size_t n_fds, pid_t pid);

/* For the instance's life.  NULL: no memory. */
Init *init_new(const Instance *instance, InitHear hear, void *keeper);
/* What the keeper says to it; descriptors are borrowed. */
void init_tell(Init *init, const Message *message, const int *fds, size_t n_fds);
/* SIGCHLD came. */
void init_reap(Init *init);
