/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "front/limit.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/i18n.h"

FrontLimit front_limit_of(const char *word, int status, uint64_t oom_kills)
{
        if (word != NULL && strcmp(word, "time") == 0)
                return FRONT_LIMIT_TIME;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
                return FRONT_LIMIT_DISK;
        /* Of a shell's command that was killed the shell says 128 + 9. */
        if (oom_kills > 0 && ((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) ||
                              (WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGKILL)))
                return FRONT_LIMIT_MEMORY;
        return FRONT_LIMIT_NONE;
}

void front_limit_print(FrontLimit limit, const char *app, const PlanBudget *budget, Buffer *text)
{
        if (limit == FRONT_LIMIT_NONE)
                return;
        buffer_add_text(text, "oriel: ");
        buffer_add_escaped(text, app);
        buffer_add_text(text, ": ");
        switch (limit) {
        case FRONT_LIMIT_TIME:
                buffer_printf(text, _("killed for its time limit ([Limits] time=%" PRIu32 "s)\n"), budget->seconds);
                break;
        case FRONT_LIMIT_MEMORY:
                buffer_printf(text, _("killed for its memory limit ([Limits] memory=%" PRIu64 "K)\n"),
                              budget->memory / 1024);
                break;
        case FRONT_LIMIT_DISK:
                buffer_add_text(text, _("killed for its limit on the size of a file ([Limits] disk=)\n"));
                break;
        case FRONT_LIMIT_NONE:
        case _FRONT_LIMIT_MAX:
                break;
        }
}
