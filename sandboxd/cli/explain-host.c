/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <string.h>

#include "base/i18n.h"
#include "cli/command.h"
#include "cli/explain.h"
#include "cli/plan-view.h"

/* Which line chose the network: the mode, else Flatpak's wish for it. */
static void add_reason(const Profile *profile, Buffer *text)
{
        const char *const *shared = profile_get_list(profile, PROFILE_CONTEXT_SHARED);
        const char *mode = profile_get_string(profile, PROFILE_NETWORK_MODE);
        ProfileKey key = PROFILE_NETWORK_MODE;
        guint entry = 0;

        for (guint i = 0; !profile_is_set(profile, PROFILE_NETWORK_MODE) && shared[i] != NULL; i++)
                if (strcmp(shared[i], "network") == 0) {
                        key = PROFILE_CONTEXT_SHARED;
                        entry = i;
                }
        buffer_printf(text, "; %s=%s", profile_key_info(key)->key,
                      key == PROFILE_CONTEXT_SHARED ? "network"
                      : mode != NULL                ? mode
                                                    : "-");
        explain_add_origin(text, profile_origin(profile, key, entry), profile_key_info(key)->group,
                           profile_key_info(key)->key);
        buffer_add_byte(text, '\n');
}

int explain_host(const Launch *launch, const char *host, Buffer *ret_text)
{
        bool allowed = plan_view_has_host_network(launch->plan);

        buffer_add_escaped(ret_text, host);
        buffer_add_text(ret_text, allowed ? _(": allowed, the network is the host's")
                                          : _(": not allowed, the box has no network"));
        add_reason(launch->profile->profile, ret_text);
        if (allowed)
                return COMMAND_DONE;
        buffer_add_text(
                ret_text,
                _("mend: --net=host gives the whole network of the host; this release has no network by names\n"));
        return COMMAND_NO;
}
