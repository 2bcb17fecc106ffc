/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The network that is given: none, or the host's.  An isolated display never stands beside the host's abstract sockets
 * (invariant 4), so the host's network needs a Landlock scope there. */
#include <string.h>

#include "base/i18n.h"
#include "planner/context.h"

enum { LANDLOCK_WITH_SCOPES = 6 }; /* ABI of Linux 6.12 */

static void give_host(Planner *planner, const char *asked)
{
        gboolean guarded = planner->facts->landlock_abi >= LANDLOCK_WITH_SCOPES;

        if (planner->display == DISPLAY_XEPHYR && !guarded) {
                planner_note(planner,
                             _("asked %s, given no network: beside an isolated display the host's network needs a "
                               "Landlock scope (Linux 6.12), or its X server's abstract socket stands open"),
                             asked);
                return;
        }
        planner->host_network = TRUE;
        if (!guarded && planner->facts->x_abstract && planner->display == DISPLAY_NONE)
                planner_note(planner,
                             _("asked %s, given the host's network: without a Landlock scope (Linux 6.12) the app can "
                               "also reach the host's abstract sockets, its X server's among them"),
                             asked);
}

void planner_decide_network(Planner *planner)
{
        const char *mode = profile_get_string(planner->profile, PROFILE_NETWORK_MODE);

        if (!profile_is_set(planner->profile, PROFILE_NETWORK_MODE)) {
                if (profile_has_word(planner->profile, PROFILE_CONTEXT_SHARED, "network"))
                        give_host(planner, "shared=network");
                return;
        }
        if (g_str_equal(mode, "host"))
                give_host(planner, "network=host");
        else if (!g_str_equal(mode, "none"))
                planner_note(planner, _("asked network=%s, given no network: %s is not there yet"), mode, mode);
}
