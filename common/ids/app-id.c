/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Application ids.  Deriving is injective on purpose: two profiles that came out with one id would share portal
 * permissions and documents. */

#include "ids/app-id.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cleanup.h"

#define RUN_PREFIX "org.oriel.run."
#define OWN_PREFIX "org.oriel."

static bool is_letter(char c)
{
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
        return c >= '0' && c <= '9';
}

bool app_id_is_valid(const char *text, size_t n)
{
        size_t n_elements = 1;
        bool at_start = true, dash = false;

        if (n == 0 || n > APP_ID_MAX)
                return false;
        for (size_t i = 0; i < n; i++) {
                char c = text[i];

                if (c == '.') {
                        if (at_start || dash)
                                return false;
                        n_elements++;
                        at_start = true;
                        continue;
                }
                if (!is_letter(c) && c != '_' && (at_start || (!is_digit(c) && c != '-')))
                        return false;
                dash = dash || c == '-';
                at_start = false;
        }
        return !at_start && n_elements >= 3;
}

static bool begins(const char *text, size_t n, const char *with)
{
        return n >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

bool app_id_is_reserved(const char *text, size_t n)
{
        const char *dot = memrchr(text, '.', n);
        const char *last = dot != NULL ? dot + 1 : text;
        size_t n_last = n - (size_t)(last - text);

        return begins(text, n, OWN_PREFIX) || begins(last, n_last, "oriel_") || begins(last, n_last, "orield_");
}

static void add_escaped(Buffer *buffer, const char *text, const char *kept)
{
        for (const char *c = text; *c != '\0'; c++)
                if (is_letter(*c) || is_digit(*c) || strchr(kept, *c) != NULL)
                        buffer_add_byte(buffer, *c);
                else
                        buffer_printf(buffer, "_%02x", (unsigned char)*c);
}

static int finish(Buffer *buffer, char **ret_id)
{
        if (buffer->failed)
                return -ENOMEM;
        if (buffer->n > APP_ID_MAX)
                return -ENAMETOOLONG;
        if (!app_id_is_valid(buffer_text(buffer), buffer->n))
                return -EINVAL;
        *ret_id = buffer_steal(buffer);
        return 0;
}

int app_id_derive(char **ret_id, const char *id, const char *name)
{
        CLEANUP(buffer_clear) Buffer buffer = BUFFER_INIT;
        size_t n_head = 0;

        if (!app_id_is_valid(id, strlen(id)) || *name == '\0')
                return -EINVAL;
        if (strchr(id, '-') == NULL) {
                buffer_add_text(&buffer, id);
                buffer_add_text(&buffer, ".oriel_");
        } else {
                n_head = (size_t)(strrchr(id, '.') - id) + 1;
                buffer_add(&buffer, id, n_head);
                add_escaped(&buffer, id + n_head, "");
                buffer_add_text(&buffer, ".orield_");
        }
        add_escaped(&buffer, name, "");
        return finish(&buffer, ret_id);
}

int app_id_for_run(char **ret_id, const char *name)
{
        CLEANUP(buffer_clear) Buffer buffer = BUFFER_INIT;

        if (*name == '\0')
                return -EINVAL;
        buffer_add_text(&buffer, RUN_PREFIX);
        if (is_digit(*name) || *name == '-') {
                buffer_printf(&buffer, "_%02x", (unsigned char)*name);
                name++;
        }
        add_escaped(&buffer, name, "-");
        return finish(&buffer, ret_id);
}
