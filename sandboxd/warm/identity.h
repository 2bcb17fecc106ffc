/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"
#include "plan/plan.h"

/* WarmIdentity - what a launch and a parked box must be equal in, as bytes: the whole plan but the launch's own words
 * (id, arguments, environment, directory); device and inode of all that a mount shows or covers of the host; the
 * standing of the process that asks.  A changed profile, grant or file is another identity. */

/* Can a box be made ahead of a launch of this plan?  Only a flat one, of whose mounts nothing comes with the launch,
 * and whose lines of mounts mean the same whenever they are done. */
bool warm_identity_exists(const Plan *plan);

/* .failed of the buffer where memory is short. */
void warm_identity_add(const Plan *plan, Buffer *ret_bytes);

/* Its parts.  The plan without the launch's own words, encoded. */
void warm_identity_add_plan(const Plan *plan, Buffer *ret_bytes);

/* Which objects of the host there are to look at: for each 'l' (a symbolic link is the object) or 'f' (what it leads
 * to), and the path with its NUL. */
void warm_identity_list_objects(const Plan *plan, Buffer *ret_list);

/* The identity, of the two; list: ends in NUL. */
void warm_identity_ask(const void *plan, size_t n_plan, const void *list, size_t n_list, Buffer *ret_bytes);

enum { WARM_NAME_SIZE = 17 };

/* A name for the socket of that identity.  Two identities of one name are told apart where they meet (engine/park.h),
 * so it need not be secret or hard to find. */
void warm_identity_name(const Buffer *identity, char ret_name[WARM_NAME_SIZE]);
