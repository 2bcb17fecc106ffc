/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What to ask, in which order.  No message is made here. */
#include "route/setup.h"

#include <stdlib.h>
#include <string.h>

#include "route/names.h"

void setup_start(Setup *setup, const BusPolicy *policy)
{
        *setup = (Setup){ .policy = policy };
}

bool setup_next(Setup *setup, SetupStep *ret_step)
{
        bool below = false;
        const char *name = NULL;

        if (setup->policy == NULL || setup->n_waiting >= SETUP_WINDOW)
                return false;
        name = bus_policy_name(setup->policy, setup->next, &below);
        if (name != NULL) {
                setup->next++;
                setup->wants_list |= below;
                *ret_step = (SetupStep){ .kind = below ? SETUP_MATCH : SETUP_OWNER, .name = name };
        } else if (setup->wants_list) {
                setup->wants_list = false;
                *ret_step = (SetupStep){ .kind = SETUP_LIST };
        } else if (setup->next_found < setup->n_found) {
                *ret_step =
                        (SetupStep){ .kind = SETUP_OWNER, .name = setup->found[setup->next_found++], .found = true };
        } else {
                return false;
        }
        setup->n_waiting++;
        return true;
}

void setup_found(Setup *setup, const char *name)
{
        char **found = NULL, *copy = NULL;

        /* More than Names would keep need not be asked for.  What is only denied something counts: its owner may have
         * other names. */
        if (setup->n_found >= NAMES_MAX_NAMES || name[0] == ':' || !bus_policy_speaks_of(setup->policy, name))
                return;
        found = realloc(setup->found, (setup->n_found + 1) * sizeof *found);
        if (found != NULL)
                setup->found = found;
        copy = found != NULL ? strdup(name) : NULL;
        if (copy != NULL)
                setup->found[setup->n_found++] = copy;
}

bool setup_is_done(const Setup *setup)
{
        bool below = false;

        return setup->n_waiting == 0 && !setup->wants_list && setup->next_found == setup->n_found &&
               (setup->policy == NULL || bus_policy_name(setup->policy, setup->next, &below) == NULL);
}

void setup_clear(Setup *setup)
{
        for (size_t i = 0; i < setup->n_found; i++)
                free(setup->found[i]);
        free(setup->found);
        *setup = (Setup){ 0 };
}
