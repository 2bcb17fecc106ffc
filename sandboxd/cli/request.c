/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/request.h"

#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "ids/instance-id.h"

static bool refuse(GError **error, const char *untrusted, const char *why)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;

        buffer_add_escaped(&text, untrusted);
        g_set_error(error, ORIEL_ERROR, ORIEL_ERROR_USAGE, "%s: %s", buffer_text(&text), why);
        return false;
}

bool request_from_options(LaunchRequest *ret_request, const Cli *cli, GError **error)
{
        const Options *options = cli->options;
        const char *const *text = options->text;
        LaunchRequest request = { .profile = text[OPTION_PROFILE],
                                  .overlay = options->profile,
                                  .instance = text[OPTION_INSTANCE],
                                  .cwd = text[OPTION_CWD],
                                  .no_daemon = text[OPTION_NO_DAEMON] != NULL,
                                  .no_ask = g_strcmp0(text[OPTION_ASK], "no") == 0,
                                  .no_wait = g_strcmp0(text[OPTION_WAIT], "no") == 0,
                                  .verbose = text[OPTION_VERBOSE] != NULL };

        if (request.instance != NULL && !instance_name_is_valid(request.instance))
                return refuse(error, request.instance,
                              _("no name for an instance: letters, digits, \".\", \"_\" and \"-\""));
        if (options->rest != NULL) {
                if (options->n_rest > 0)
                        request.argv = (const char *const *)options->rest;
        } else if (options->n_args > 0) {
                if (request.profile != NULL)
                        return refuse(error, options->args[0],
                                      _("with --profile a command follows \"--\"\nWrite: oriel run --profile PROFILE "
                                        "-- COMMAND"));
                request.app = options->args[0];
                request.argv = (const char *const *)options->args + 1;
        }
        *ret_request = request;
        return true;
}
