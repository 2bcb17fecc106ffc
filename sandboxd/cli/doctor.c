/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* `oriel doctor`: what this host can do. */

#include "base/buffer.h"
#include "base/cleanup.h"
#include "base/i18n.h"
#include "cli/command.h"
#include "cli/doctor-check.h"
#include "cli/report.h"

static void add_text(Buffer *text, const DoctorCheck *check, const DoctorFinding *finding)
{
        static const char *const marks[] = {
                [DOCTOR_THERE] = N_("yes"),
                [DOCTOR_PARTLY] = N_("partly"),
                [DOCTOR_MISSING] = N_("no"),
        };

        buffer_printf(text, "%-8s%s", _(marks[finding->state]), _(check->title));
        if (finding->found != NULL) {
                buffer_add_text(text, ": ");
                buffer_add_escaped(text, finding->found);
        }
        buffer_printf(text, "%s\n", check->tested ? "" : _("  (untested in this release)"));
        if (finding->state == DOCTOR_THERE)
                return;
        buffer_printf(text, _("        costs: %s\n"), _(check->cost));
        buffer_printf(text, _("        mend:  %s\n"), _(finding->mend != NULL ? finding->mend : check->mend));
}

static void add_json(Buffer *text, const DoctorCheck *check, const DoctorFinding *finding)
{
        bool there = finding->state == DOCTOR_THERE;

        buffer_add_text(text, check != doctor_checks ? ",\n{\"name\":" : "{\"name\":");
        buffer_add_json(text, check->name);
        buffer_add_json_member(text, "state", doctor_state_word(finding->state));
        buffer_add_json_member(text, "found", finding->found);
        buffer_printf(text, ",\"essential\":%s,\"tested\":%s", check->essential ? "true" : "false",
                      check->tested ? "true" : "false");
        buffer_add_json_member(text, "cost", there ? NULL : check->cost);
        buffer_add_json_member(text, "mend", there ? NULL : finding->mend != NULL ? finding->mend : check->mend);
        buffer_add_byte(text, '}');
}

int command_doctor(const Cli *cli, GError **error)
{
        CLEANUP(buffer_clear) Buffer text = BUFFER_INIT;
        g_auto(DoctorFacts) facts = { 0 };
        bool json = cli->options->text[OPTION_JSON] != NULL;
        int status = COMMAND_DONE;

        if (!command_check_arguments(cli, 0, 0, error))
                return -1;
        doctor_look(&facts, cli->dirs);
        buffer_add_text(&text, json ? "[" : "");
        for (const DoctorCheck *check = doctor_checks; check->name != NULL; check++) {
                DoctorFinding finding = check->check(&facts);

                (json ? add_json : add_text)(&text, check, &finding);
                if (check->essential && finding.state == DOCTOR_MISSING)
                        status = COMMAND_NO;
                g_free(finding.found);
        }
        buffer_add_text(&text, json ? "]\n" : "");
        return report_text(&text, error) ? status : -1;
}
