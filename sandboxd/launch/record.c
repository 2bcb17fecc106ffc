/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "launch/record.h"

#include "launch/plan-facts.h"

LaunchRecord *launch_record_new(const Launch *launch, const LaunchRequest *request)
{
        LaunchRecord *record = g_new0(LaunchRecord, 1);

        record->display = plan_facts_display(launch->plan);
        record->inner_display = plan_facts_display_number(launch->plan);
        if (launch->profile->data_dir != NULL) {
                g_autofree char *above = g_path_get_dirname(launch->profile->data_dir);

                record->keyring_secret = g_build_filename(above, "keyring-secret", NULL);
        }
        record->state_above = g_path_get_dirname(store_dirs_path(launch->dirs, STORE_DIR_STATE));
        record->start = (StartRecord){
                .app = launch->profile->app_id,
                .profile = launch->profile->label,
                .instance = launch->profile->instance,
                .display = record->display,
                .network = plan_facts_network(launch->plan),
                .grants = launch->profile->grants_key,
                .xauthority = launch->facts->xauthority,
                .hostname = launch->facts->hostname,
                .x_display = launch->facts->x_display,
                .inner_display = record->inner_display,
                .keyring_secret = record->keyring_secret,
                .user_runtime = store_dirs_user_runtime(launch->dirs),
                .state_above = record->state_above,
                .no_daemon = request->no_daemon,
                .no_ask = request->no_ask,
                .verbose = request->verbose,
        };
        return record;
}

void launch_record_free(LaunchRecord *record)
{
        if (record == NULL)
                return;
        g_free(record->display);
        g_free(record->inner_display);
        g_free(record->state_above);
        g_free(record->keyring_secret);
        g_free(record);
}
