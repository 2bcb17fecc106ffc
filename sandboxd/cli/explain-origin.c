/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "cli/explain.h"

void explain_add_origin(Buffer *text, ProfileOrigin origin, const char *group, const char *key)
{
        buffer_add_text(text, " (");
        buffer_add_escaped(text, origin.file);
        if (origin.line > 0)
                buffer_printf(text, ":%u", origin.line);
        buffer_printf(text, " [%s] ", group);
        buffer_add_escaped(text, key);
        buffer_add_byte(text, ')');
}
