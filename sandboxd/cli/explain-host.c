/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/explain.h"
#include "cli/plan-view.h"

int explain_host(const Launch *launch, const char *host, Buffer *ret_text)
{
        const Profile *profile = launch->profile->profile;
        const ProfileKeyInfo *info = profile_key_info(PROFILE_NETWORK_MODE);
        const char *mode = profile_get_string(profile, PROFILE_NETWORK_MODE);
        bool allowed = plan_view_has_host_network(launch->plan);

        buffer_add_escaped(ret_text, host);
        buffer_printf(ret_text,
                      allowed ? _(": allowed, the network is the host's; mode=%s")
                              : _(": not allowed, the box has no network; mode=%s"),
                      mode != NULL ? mode : "-");
        explain_add_origin(ret_text, profile_origin(profile, PROFILE_NETWORK_MODE, 0), info->group, info->key);
        buffer_add_byte(ret_text, '\n');
        if (allowed)
                return COMMAND_DONE;
        buffer_add_text(
                ret_text,
                _("mend: --net=host gives the whole network of the host; this release has no network by names\n"));
        return COMMAND_NO;
}
